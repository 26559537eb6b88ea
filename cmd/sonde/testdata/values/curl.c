// libcurl: options by name, and their values by the option.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdio.h>

#include "expect.h"

int main(void)
{
	CURLcode c = curl_global_init(CURL_GLOBAL_ALL);
	expect("curl_global_init(CURL_GLOBAL_ALL) = CURLE_OK");
	CURL *curl = curl_easy_init();
	expect("curl_easy_init() = %p", curl);
	c = curl_easy_setopt(curl, CURLOPT_URL, "http://127.0.0.1:1/");
	expect("curl_easy_setopt(%p, CURLOPT_URL, \"http://127.0.0.1:1/\") = CURLE_OK", curl);
	c = curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	expect("curl_easy_setopt(%p, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) = CURLE_OK", curl);
	c = curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	expect("curl_easy_setopt(%p, CURLOPT_FOLLOWLOCATION, true) = CURLE_OK", curl);
	c = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 1500L);
	expect("curl_easy_setopt(%p, CURLOPT_TIMEOUT_MS, 1500ms) = CURLE_OK", curl);
	c = curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC | CURLAUTH_DIGEST);
	expect("curl_easy_setopt(%p, CURLOPT_HTTPAUTH, CURLAUTH_BASIC|CURLAUTH_DIGEST) = CURLE_OK", curl);
	c = curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_ANY);
	expect("curl_easy_setopt(%p, CURLOPT_HTTPAUTH, CURLAUTH_ANY) = CURLE_OK", curl);
	c = curl_easy_setopt(curl, CURLOPT_STDERR, stderr);
	expect("curl_easy_setopt(%p, CURLOPT_STDERR, stderr) = CURLE_OK", curl);
	struct curl_slist *list = curl_slist_append(NULL, "A: b");
	expect("curl_slist_append(nil, \"A: b\") = { \"A: b\", nil }");
	c = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	expect("curl_easy_setopt(%p, CURLOPT_HTTPHEADER, { \"A: b\", nil }) = CURLE_OK", curl);
	long code = 7;
	c = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	expect("curl_easy_getinfo(%p, CURLINFO_RESPONSE_CODE, 0) = CURLE_OK", curl);
	return 0;
}
