package sctp

import "testing"

// TestTable: no holes, no shadowed rows, no state that cannot be reached.
func TestTable(t *testing.T) {
	for _, problem := range RFC.Check() {
		t.Error(problem)
	}
}

// proveTable12 is RFC 9260 5.2.4: each of the 81 patterns of tags, by the text.
func proveTable12(t *testing.T) {
	seen := map[Event]int{}
	for _, my := range [...]match{matches, differs, unknown} {
		for _, peer := range [...]match{matches, differs, unknown} {
			for _, myTie := range [...]match{matches, differs, unknown} {
				for _, peerTie := range [...]match{matches, differs, unknown} {
					want := CookieUnknown
					switch {
					case my == matches && peer == matches:
						want = CookieKnown
					case my == matches:
						want = CookieCollision
					case my == differs && peer == differs && myTie == matches && peerTie == matches:
						want = CookieRestart
					case my == differs && peer == matches && myTie == unknown && peerTie == unknown:
						want = CookieLate
					}
					got := judgeCookie(my, peer, myTie, peerTie)
					seen[got]++
					if got != want {
						t.Errorf("%d %d %d %d: %v, want %v", my, peer, myTie, peerTie, got, want)
					}
				}
			}
		}
	}
	if seen[CookieKnown] != 9 || seen[CookieCollision] != 18 || seen[CookieRestart] != 1 || seen[CookieLate] != 1 || seen[CookieUnknown] != 52 {
		t.Errorf("of 81 patterns: %v", seen)
	}
}
