package tidy

import (
	"fmt"
	"strings"
)

// Replace puts text into the block of a document that stands between the
// lines "<!-- block -->" and "<!-- /block -->". What follows a colon in the
// block's name is left out of the closing line: "ladder:tcp/reset" is closed
// by "<!-- /ladder -->".
func Replace(document, block, text string) (string, error) {
	begin := "<!-- " + block + " -->\n"
	short, _, _ := strings.Cut(block, ":")
	end := "<!-- /" + short + " -->\n"
	before, rest, ok := strings.Cut(document, begin)
	if !ok || strings.Contains(rest, begin) {
		return "", fmt.Errorf("want one line %q, found %d", strings.TrimSpace(begin), strings.Count(document, begin))
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("want a line %q after %q, found none", strings.TrimSpace(end), strings.TrimSpace(begin))
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return before + begin + text + end + after, nil
}
