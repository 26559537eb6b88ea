// OpenSSL: names of objects, strings of ASN.1, parameters and what closes streams.
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "expect.h"

static int n;

int main(void)
{
	n = OBJ_sn2nid("SHA256");
	expect("OBJ_sn2nid(\"SHA256\") = NID_sha256");
	ASN1_STRING *string = ASN1_STRING_type_new(V_ASN1_UTF8STRING);
	expect("ASN1_STRING_type_new(12) = { V_ASN1_UTF8STRING, nil }");
	n = ASN1_STRING_set(string, "text", 4);
	expect("ASN1_STRING_set({ V_ASN1_UTF8STRING, nil }, \"text\", 4) = 1");
	n = ASN1_STRING_length(string);
	expect("ASN1_STRING_length({ V_ASN1_UTF8STRING, \"text\" }) = 4");
	X509_NAME *name = X509_NAME_new();
	expect("X509_NAME_new() = %p", (void *)name);
	n = X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, (const unsigned char *)"me", -1, -1, 0);
	expect("X509_NAME_add_entry_by_NID(%p, NID_commonName, MBSTRING_ASC, \"me\", -1, -1, 0) = 1", (void *)name);
	BIO *out = BIO_new_fp(stdout, BIO_NOCLOSE | BIO_FP_TEXT);
	expect("BIO_new_fp(stdout, BIO_FP_TEXT) = %p", (void *)out);
	static char sha1[] = "SHA1";
	OSSL_PARAM param = OSSL_PARAM_construct_utf8_string("digest", sha1, 0);
	expect("OSSL_PARAM_construct_utf8_string(\"digest\", %p, 0) = "
	       "{ key=\"digest\", data_type=OSSL_PARAM_UTF8_STRING, data=\"SHA1\", data_size=4, ... }", sha1);
	n = OBJ_ln2nid("rsaEncryption");
	expect("OBJ_ln2nid(\"rsaEncryption\") = NID_rsaEncryption");
	const char *short_name = OBJ_nid2sn(NID_X9_62_prime256v1);
	expect("OBJ_nid2sn(NID_X9_62_prime256v1) = \"prime256v1\"");
	n = BIO_puts(out, "");
	expect("BIO_puts(%p, \"\") = 0", (void *)out);
	return 0;
}
