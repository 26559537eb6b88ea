// GLib's own conventions: errors and text that functions leave, lists that NULL ends,
// levels of messages, types by number.
#include <glib-object.h>

#include "expect.h"

static void handler(void) {}

static void quiet(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {}

int main(void)
{
	GError *error = NULL;
	char *text = NULL;
	gsize length;
	gboolean ok = g_file_get_contents("/no/such", &text, &length, &error);
	expect("g_file_get_contents(\"/no/such\", %p, %p, { %d, 4, \"Failed to open file \342\200\234/no/such\"... }) = false",
	       (void *)&text, (void *)&length, error->domain);
	GQuark domain = error->domain;
	g_error_free(error);
	expect("g_error_free({ %d, 4, \"Failed to open file \342\200\234/no/such\"... }) = <void>", domain);
	GLogFunc before = g_log_set_default_handler(quiet, NULL);
	expect("g_log_set_default_handler(quiet, nil) = g_log_default_handler");
	g_log("some", G_LOG_LEVEL_WARNING, "%s %d", "times", 3);
	expect("g_log(\"some\", G_LOG_LEVEL_WARNING, \"%%s %%d\", \"times\", 3) = <void>");
	gchar **parts = g_strsplit("a,b", ",", -1);
	expect("g_strsplit(\"a,b\", \",\", -1) = [ \"a\", \"b\" ]");
	text = g_strjoinv("+", parts);
	expect("g_strjoinv(\"+\", [ \"a\", \"b\" ]) = \"a+b\"");
	text = g_strconcat("a", "b", "c", NULL);
	expect("g_strconcat(\"a\", \"b\", \"c\", nil) = \"abc\"");
	text = g_strdup_printf("%d%c", 4, 'x');
	expect("g_strdup_printf(\"%%d%%c\", 4, 'x') = \"4x\"");
	GObject *object = g_object_new(G_TYPE_OBJECT, NULL);
	expect("g_object_new(G_TYPE_OBJECT, nil) = %p", (void *)object);
	gulong id = g_signal_connect(object, "notify::name", G_CALLBACK(handler), NULL);
	expect("g_signal_connect_data(%p, \"notify::name\", handler, nil, nil, G_CONNECT_DEFAULT) = %lu", (void *)object, id);
	const char *name = g_type_name(G_TYPE_STRING);
	expect("g_type_name(G_TYPE_STRING) = \"gchararray\"");
	GString *string = g_string_new("abc");
	expect("g_string_new(\"abc\") = { \"abc\", 3, %lu }", (unsigned long)string->allocated_len);
	return 0;
}
