package symname

import "testing"

func TestAbridge(t *testing.T) {
	names := []string{"puts", "putchar", "printf"}
	for most, want := range map[int]string{1: "puts, and 2 more", 2: "puts, putchar, and 1 more", 3: "puts, putchar, printf", 4: "puts, putchar, printf"} {
		if got := Abridge(names, most); got != want {
			t.Errorf("%d of three: %q, want %q", most, got, want)
		}
	}
	if got := Abridge(nil, 3); got != "" {
		t.Errorf("none: %q", got)
	}
}
