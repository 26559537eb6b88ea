// place_names: functions whose names Rust mangles, each called a known number of times.
mod shapes {
    pub struct Square {
        pub side: u32,
    }

    impl Square {
        #[inline(never)]
        pub fn perimeter(&self) -> u32 {
            4 * self.side
        }
    }

    #[inline(never)]
    pub fn area(s: &Square) -> u32 {
        s.side * s.side
    }
}

fn main() {
    let s = shapes::Square { side: 2 };
    let mut n = 0;
    for _ in 0..3 {
        n += shapes::area(&s);
    }
    n += s.perimeter() + s.perimeter();
    std::process::exit(if n == 28 { 0 } else { 1 });
}
