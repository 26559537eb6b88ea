// libxml2: options by name, and nodes by what they are.
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "expect.h"

int main(void)
{
	xmlDocPtr doc = xmlReadMemory("<a><b/></a>", 11, "none.xml", NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
	expect("xmlReadMemory(\"<a><b/></a>\", 11, \"none.xml\", nil, XML_PARSE_NOBLANKS|XML_PARSE_NONET) = %p", (void *)doc);
	xmlNodePtr root = xmlDocGetRootElement(doc);
	expect("xmlDocGetRootElement(%p) = { XML_ELEMENT_NODE, \"a\" }", (void *)doc);
	xmlNodePtr child = xmlNewChild(root, NULL, (const xmlChar *)"c", NULL);
	expect("xmlNewChild({ XML_ELEMENT_NODE, \"a\" }, nil, \"c\", nil) = { XML_ELEMENT_NODE, \"c\" }");
	xmlAttrPtr property = xmlNewProp(child, (const xmlChar *)"k", (const xmlChar *)"v");
	expect("xmlNewProp({ XML_ELEMENT_NODE, \"c\" }, \"k\", \"v\") = { XML_ATTRIBUTE_NODE, \"k\" }");
	xmlChar *value = xmlGetProp(child, (const xmlChar *)"k");
	expect("xmlGetProp({ XML_ELEMENT_NODE, \"c\" }, \"k\") = \"v\"");
	xmlChar *text;
	int size;
	xmlDocDumpMemory(doc, &text, &size);
	expect("xmlDocDumpMemory(%p, \"<?xml version=\\\"1.0\\\"?>\\n<a><b/><c \"..., %d) = <void>", (void *)doc, size);
	child = xmlFirstElementChild(root);
	expect("xmlFirstElementChild({ XML_ELEMENT_NODE, \"a\" }) = { XML_ELEMENT_NODE, \"b\" }");
	child = xmlNextElementSibling(child);
	expect("xmlNextElementSibling({ XML_ELEMENT_NODE, \"b\" }) = { XML_ELEMENT_NODE, \"c\" }");
	xmlUnlinkNode(child);
	expect("xmlUnlinkNode({ XML_ELEMENT_NODE, \"c\" }) = <void>");
	xmlFreeNode(child);
	expect("xmlFreeNode({ XML_ELEMENT_NODE, \"c\" }) = <void>");
	xmlFreeDoc(doc);
	expect("xmlFreeDoc(%p) = <void>", (void *)doc);
	return 0;
}
