// Calls of what classes.h declares, with values whose text is known.
#include "classes.h"
#include "expect.h"

using namespace shapes;

static int triple(int n) { return 3 * n; }

static void plain_types()
{
	int i = 7;
	const point p{3, -4};
	of_reference(i);
	expect("shapes::of_reference(7) = 7");
	of_const_reference(-8);
	expect("shapes::of_const_reference(-8) = -8");
	of_moved(point{1, 2});
	expect("shapes::of_moved({ 1, 2 }) = 1");
	of_point(p);
	expect("shapes::of_point({ 3, -4 }) = { 3, -4 }");
	of_point_reference(p);
	expect("shapes::of_point_reference({ 3, -4 }) = { 3, -4 }");
	of_level(level::high);
	expect("shapes::of_level(high) = high");
	of_plain(one);
	expect("shapes::of_plain(one) = one");
	of_bool(true);
	expect("shapes::of_bool(true) = true");
	of_char16(u'\u00e9');
	expect("shapes::of_char16('\u00e9') = '\u00e9'");
	of_wchar(L'w');
	expect("shapes::of_wchar('w') = 'w'");
	of_char('c');
	expect("shapes::of_char('c') = 'c'");
	of_schar(-3);
	expect("shapes::of_schar(-3) = -3");
	of_uchar(200);
	expect("shapes::of_uchar(200) = 200");
	of_null(nullptr);
	expect("shapes::of_null(nil) = nil");
	of_owner(owner(5));
	expect("shapes::of_owner({ 5 }) = { 5 }");
	of_member(&point::y);
	expect("shapes::of_member(4) = 1");
	of_function(triple);
	expect("shapes::of_function(triple) = 1");
}

static void library_types()
{
	const std::string text = "text", longer(40, 'x');
	const std::vector<int> numbers{1, 2, 3};
	of_string(text);
	expect("shapes::of_string(\"text\") = \"text\"");
	of_string(longer);
	expect("shapes::of_string(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"...) = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"...");
	of_string_value("by value");
	expect("shapes::of_string_value(\"by value\") = 8");
	of_view("viewed");
	expect("shapes::of_view(\"viewed\") = 6");
	of_vector(numbers);
	expect("shapes::of_vector(3 [ 1, 2, 3 ]) = 3 [ 1, 2, 3 ]");
	of_vector_value({"one", "two"});
	expect("shapes::of_vector_value(2 [ \"one\", \"two\" ]) = 2");
	of_pair({9, "nine"});
	expect("shapes::of_pair({ 9, \"nine\" }) = 9");
	of_map({{1, 2}, {3, 4}});
	expect("shapes::of_map(2 [ { 1, 2 }, { 3, 4 } ]) = 2");
	of_array({4, 5, 6});
	expect("shapes::of_array([ 4, 5, 6 ]) = 4");
	of_unique(std::make_unique<int>(11));
	expect("shapes::of_unique(11) = 11");
	of_shared(std::make_shared<int>(12));
	expect("shapes::of_shared(12) = 12");
}

static void functions()
{
	{
		counter c(5);
		expect("shapes::counter::counter(%p, 5) = <void>", (void *)&c);
		c.next();
		expect("shapes::counter::next({ 5 }) = 5");
		c.peek(2);
		expect("shapes::counter::peek({ 6 }, 2) = 8");
	}
	expect("shapes::counter::~counter({ 6 }) = <void>");
	counter::total(20, 22);
	expect("shapes::counter::total(20, 22) = 42");
	twice(21);
	expect("shapes::twice<int>(21) = 42");
	twice(0.25);
	expect("shapes::twice<double>(0.250000) = 0.500000");
	overloaded(1);
	expect("shapes::overloaded(1) = 1");
	overloaded(1.5);
	expect("shapes::overloaded(1.500000) = 2");
	overloaded("chars");
	expect("shapes::overloaded(\"chars\") = 3");
	point{40, 0} + 2;
	expect("operator+({ 40, 0 }, 2) = 42");
}

int main()
{
	plain_types();
	library_types();
	functions();
	return 0;
}
