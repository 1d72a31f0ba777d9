package conformance

import "testing"

// TestRFC9293 proves the requirements of Appendix B, one by one.
func TestRFC9293(t *testing.T) {
	levels := []struct {
		name string
		n    int
	}{{"MUST", 69}, {"SHLD", 31}, {"MAY", 18}, {"REC", 1}}
	for _, level := range levels {
		if missing := RFC9293.Missing(level.name, level.n); missing != nil {
			t.Errorf("the table lacks %q", missing)
		}
	}
	if n := len(RFC9293.Requirements); n != 119 {
		t.Errorf("%d requirements, want 119", n)
	}
	conforms(t, &RFC9293, gather(t, headerProofs, isnProofs, openProofs, closeProofs, segmentProofs,
		timeoutProofs, keepaliveProofs, urgentProofs, windowProofs, ackProofs, callProofs, icmpProofs))
}
