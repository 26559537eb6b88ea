// Calls with values of C++'s library that are made of the program's own types, and
// others that only debugging information tells of. Behind //= stands how a trace shows
// each call, addresses as 0x.
#include <array>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#define KEEP __attribute__((noinline, used))

namespace ns {
struct Pt {
	int x, y;
};
enum class Col { red, green = 4 };
struct Tree {
	int v;
	std::vector<Tree> kids;
	std::unique_ptr<Tree> left;
};
struct NT {
	int v;
	~NT() {}
};
} // namespace ns
using namespace ns;

KEEP int vectors(const std::vector<Pt> &v, std::vector<Col> c, const std::vector<std::vector<Pt>> &w) { return v.size() + c.size() + w.size(); }
KEEP int pointers(std::unique_ptr<Pt> u, std::shared_ptr<Pt> s, const std::unique_ptr<Pt> &n) { return u->x + s->y + (n != nullptr); }
KEEP int values(std::optional<Pt> o, std::optional<Pt> n, std::array<Pt, 2> a, std::pair<Pt, Col> p) { return o->x + n.has_value() + a[1].y + p.first.x; }
KEEP int more(std::variant<int, Pt> v, std::tuple<Pt, char> t, std::optional<NT> q, int last) { return v.index() + std::get<0>(t).x + q->v + last; }
KEEP int maps(const std::map<std::string, Pt> &m, const std::map<Col, std::vector<Pt>> &n, const std::list<Pt> &l) { return m.size() + n.size() + l.size(); }
KEEP int tree(const Tree &t) { return t.v; }
KEEP int tuple(const int &a, std::tuple<int, char> t, int b) { return a + std::get<0>(t) + b; }
template <typename... A> KEEP int pack(int n, A... a) { return n + sizeof...(a); }

int main() {
	Pt p{1, 2};
	const std::vector<Pt> some{{1, 2}, {3, 4}};
	const std::vector<Col> colours{Col::red, Col::green};
	vectors(some, colours, {some, {}}); //= vectors(v=2 [ { x=1, y=2 }, { x=3, y=4 } ], c=2 [ red, green ], w=2 [ 2 [ { x=1, y=2 }, { x=3, y=4 } ], 0 [] ]) = 6
	pointers(std::make_unique<Pt>(p), std::make_shared<Pt>(p), nullptr); //= pointers(u={ x=1, y=2 }, s={ x=1, y=2 }, n=nil) = 3
	values(p, std::nullopt, {p, {3, 4}}, {p, Col::green}); //= values(o={ x=1, y=2 }, n=std::nullopt, a=[ { x=1, y=2 }, { x=3, y=4 } ], p={ first={ x=1, y=2 }, second=green }) = 6
	more(p, {p, 'c'}, NT{5}, 9); //= more(v={ x=1, y=2 }, t={ { x=1, y=2 }, 'c' }, q={ v=5 }, last=9) = 16
	maps({{"a", p}}, {{Col::green, {p}}}, {p}); //= maps(m=1 [ { first="a", second={ x=1, y=2 } } ], n=1 [ { first=green, second=1 [ { x=1, y=2 } ] } ], l=1 [ { x=1, y=2 } ]) = 3
	Tree t{5, {}, nullptr};
	t.kids.push_back(Tree{6, {}, nullptr});
	t.left.reset(new Tree{7, {}, nullptr});
	tree(t); //= tree(t={ v=5, kids=1 [ { v=6, kids=0 [], left=nil } ], left={ v=7, kids=0 [], left=nil } }) = 5
	tuple(3, {4, 't'}, 5); //= tuple(a=3, t={ 4, 't' }, b=5) = 12
}
