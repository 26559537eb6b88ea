package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"sonde/internal/testkit"
)

// TestValuesVDSO holds that a function of libc has its prototype although its code
// is the kernel's, in memory that no file is mapped to.
func TestValuesVDSO(t *testing.T) {
	for _, flags := range []string{"-Wl,-z,now", "-Wl,-z,lazy", "-fno-plt", "-m32 -Wl,-z,now"} {
		t.Run(flags, func(t *testing.T) {
			program := buildVariant(t, "value_vdso.c", flags)
			trace := filepath.Join(t.TempDir(), "trace")
			r := testkit.Command{Args: []string{testkit.Sonde(t), "-o", trace, program}, Trace: trace}.Run(t)
			checkExit(t, r, 0)
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				`(?m)^time\([0-9]{10} /\* 20.* \*/\) += [0-9]{10} /\* 20`,
				`(?m)^gettimeofday\(.*, nil\) += 0$`,
			} {
				if !regexp.MustCompile(want).Match(text) {
					t.Errorf("no line of the trace matches %s\n%s", want, text)
				}
			}
		})
	}
}
