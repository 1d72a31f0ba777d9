package script

import (
	"fmt"
	"strings"
)

// unknown says that a name is none of those it could be, and which of them
// was probably meant.
func unknown(what, name string, known []string) string {
	if best := nearest(name, known); best != "" {
		return fmt.Sprintf("unknown %s %q; did you mean %q?", what, name, best)
	}
	if len(known) == 0 {
		return fmt.Sprintf("unknown %s %q; there is none", what, name)
	}
	return fmt.Sprintf("unknown %s %q; want %s", what, name, oneOf(known))
}

// oneOf lists words as "a, b or c".
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Nearest is the word that was perhaps meant, or "" when none is near.
func Nearest(name string, words []string) string { return nearest(name, words) }

// nearest is the first of the words with the fewest edits from name, or ""
// when each is so far off that it cannot have been meant.
func nearest(name string, words []string) string {
	best, least := "", len(name)/3+2
	for _, w := range words {
		if d := distance(strings.ToLower(name), strings.ToLower(w)); d < least && d < len(w) {
			best, least = w, d
		}
	}
	return best
}

// distance is the edit distance of Levenshtein, with a swap of neighbours
// counted as one edit.
func distance(a, b string) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
