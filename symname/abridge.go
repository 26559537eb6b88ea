package symname

import (
	"fmt"
	"strings"
)

// Abridge returns a list of names as a sentence has it, no more than the first most of
// them: "puts, putchar, and 3 more".
func Abridge(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
