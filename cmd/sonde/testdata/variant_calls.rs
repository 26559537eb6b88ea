// 5 calls of atoi, which a program in Rust makes through the pointer itself:
// there is no linkage table. Prints them as variant_trace.h does.
use std::ffi::CString;
use std::os::raw::{c_char, c_int};

extern "C" {
    fn atoi(text: *const c_char) -> c_int;
}

fn main() {
    for number in ["1", "20", "300", "4000", "5000"] {
        let text = CString::new(number).unwrap();
        let value = unsafe { atoi(text.as_ptr()) };
        eprintln!("atoi - {}", value);
    }
    println!("hello");
}
