package tcp

import "testing"

// TCP_QUICKACK pays the ACK that is owed, and holds until the user sends.
func TestQuickACK(t *testing.T) {
	quick := func(r *rig, on bool) {
		r.t.Helper()
		r.step(func(r *rig) { r.c.QuickACK(r.clock(), on, &r.out) })
	}
	r := established(t, delayed)
	quick(r, true)
	r.want(Established, "") // nothing is owed
	r.feed("P. 1:6(5) ack 1")
	r.want(Established, ". 1:1(0) ack 6")
	quick(r, false)
	r.feed("P. 6:11(5) ack 1")
	r.want(Established, "")
	quick(r, true)
	r.want(Established, ". 1:1(0) ack 11")
	r.send(3)
	r.feed("P. 11:16(5) ack 4")
	r.want(Established, "")
	if r.c.Quick() {
		t.Error("it still holds after the user has sent")
	}
}
