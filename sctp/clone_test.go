package sctp

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"simrun/wire"
)

// TestAssocIsPlainData: an association can be copied field by field.
func TestAssocIsPlainData(t *testing.T) {
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				walk(path+"."+typ.Field(i).Name, typ.Field(i).Type)
			}
		case reflect.Slice, reflect.Array:
			walk(path+"[]", typ.Elem())
		case reflect.Pointer:
			if typ != reflect.TypeFor[*Config]() {
				t.Errorf("%s is a pointer: %v", path, typ)
			}
		case reflect.Map, reflect.Func, reflect.Chan, reflect.Interface, reflect.UnsafePointer,
			reflect.Float32, reflect.Float64, reflect.String:
			t.Errorf("%s is a %v", path, typ)
		}
	}
	walk("Assoc", reflect.TypeFor[Assoc]())
}

// unwritten is the fields of which AppendState does not show every change,
// with the reason. That a field is listed must be needed.
var unwritten = map[string]string{
	"random":                            "what is drawn next",
	"myTag":                             "a name: that there is one is written",
	"init.cookie[]":                     "the peer's own: that there is one is written",
	"paths[].beat.nonce":                "a name",
	"snd.messages[].id":                 "a name for the user",
	"snd.messages[].size":               "its octets are written, with their number",
	"snd.free[]":                        "space to use again",
	"snd.data.free[]":                   "space to use again",
	"rcv.inbox.buf[].tsn":               "a name for the user",
	"rcv.streams[].held[].tsn":          "a name for the user",
	"snd.queued":                        "the sum of the messages",
	"rc.mine":                           "where our requests start",
	"snd.neverSent":                     "how many so far",
	"snd.messages[].last":               "where its last record stands",
	"snd.flight.outstanding":            "the sum of the records",
	"snd.flight.marked":                 "the number of marked records",
	"snd.flight.visits":                 "what it cost so far",
	"snd.flight.next":                   "where to look for marked records first",
	"snd.flight.gaps.r[].Lo":            "the records that are acked",
	"snd.flight.gaps.r[].Hi":            "the records that are acked",
	"snd.flight.blocks.r[].Lo":          "empty between steps",
	"snd.flight.blocks.r[].Hi":          "empty between steps",
	"rcv.unread":                        "the sum of the inbox",
	"rcv.reassembly.octets":             "the sum of what is held",
	"rcv.reassembly.window.buf[].other": "the ends of a run know each other",
	"rcv.reassembly.window.buf[].size":  "the sum of the run",
}

// fullAssocs is associations that together use every field.
func fullAssocs(t testing.TB) []*rig {
	a := homed(t, delayed, beating30, tiny) // chunks in flight, reported, lost; unread, held and partial messages
	a.send(150, 20, 100, 30, 100, 100)
	a.sleep(30 * time.Millisecond)
	a.feed("SACK 1 gap=3-3")
	a.feed("DATA 1 s0:0 BE(30)")
	a.receive(10)
	a.feed("DATA 3 s0:2 BE(8); DATA 5 s1:0 B(8); DATA 5 s1:0 B(8)")
	b := established(t, tiny) // T3 went off: slow start, backed off
	b.send(100, 100, 100)
	b.expire()
	b.send(50)
	c := established(t, tiny) // fast recovery
	c.send(100, 100, 100, 100, 100, 100)
	for _, sack := range []string{"SACK 0 gap=2-2", "SACK 0 gap=2-3", "SACK 0 gap=2-4"} {
		c.feed(sack)
	}
	d := inState(t, CookieEchoed)
	d.expire()
	d.shutdown()
	e := inState(t, CookieEchoed)
	e.feed("ERROR cause=3")
	f := established(t, func(c *Config) { c.Autoclose = time.Hour }) // a shut window
	f.feed("SACK 0 win=0")
	f.send(10)
	g := established(t, delayed)
	g.feed("DATA 1 s0:0 BE(5)")
	g.feed("DATA 2 s0:1 BE(5)")
	h := homed(t, beating30, delayed) // a HEARTBEAT on its way, a round trip that is timed
	h.feed("DATA 1 s0:0 BE(5)")
	for !h.a.paths[0].beat.waits && !h.a.paths[1].beat.waits {
		h.expire()
	}
	h.send(10)
	i := established(t)
	i.send(10)
	i.sleep(time.Millisecond)
	j := established(t, tiny) // a window beyond four packets, which decays
	j.send(100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100)
	for j.a.Unacked() > 0 {
		j.feed(fmt.Sprintf("SACK %d", j.a.snd.flight.end()))
	}
	j.sleep(time.Millisecond)
	k := established(t, pieces) // a message in pieces, behind another one
	k.feed("DATA 1 s0:0 BE(3); DATA 2 s0:1 B(20); DATA 4 s1:0 BE(2)")
	l := established(t, unreliable, tiny) // messages that were given up, and some that will be
	l.mortal(1, 2, 1, 2, 1, 2)
	l.expire()
	l.mortal(3)
	m := established(t, changing) // a request of each end
	m.feed("RE-CONFIG TSN n=0")
	m.reconfigure(wire.ParamAddOutgoing, 3)
	n := established(t, changing)
	n.feed("RE-CONFIG IN n=0 streams=1,2")
	n.on(1)
	return []*rig{a, b, c, d, e, f, g, h, i, j, k, l, m, n, inState(t, ShutdownSent), inState(t, CookieWait), inState(t, ShutdownAckSent)}
}

// plain is a field that can be set although it is unexported.
func plain(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}

// leaves calls f for every number and truth value below v.
func leaves(path string, v reflect.Value, f func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), plain(v.Field(i)), f)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			leaves(path+"[]", plain(v.Index(i)), f)
		}
	case reflect.Pointer:
	default:
		f(path, v)
	}
}

// change gives a leaf another value, and returns what puts the old one back.
func change(v reflect.Value) (undo func()) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.CanInt():
		v.SetInt(v.Int() + 1)
	default:
		v.SetUint(v.Uint() + 1)
	}
	return func() { v.Set(old) }
}

// stateOr is AppendState, or what it panics with: then the change shows, too.
func stateOr(r *rig, a *Assoc) (b []byte) {
	defer func() {
		if recover() != nil {
			b = []byte("panic")
		}
	}()
	return a.AppendState(nil, r.clock())
}

// TestAppendStateWritesEverything: a field whose change AppendState does not
// show would make two states that differ look equal.
func TestAppendStateWritesEverything(t *testing.T) {
	shown := map[string]bool{}
	for _, r := range fullAssocs(t) {
		clone := r.a.Clone()
		want := r.state()
		leaves("", reflect.ValueOf(clone).Elem(), func(path string, v reflect.Value) {
			undo := change(v)
			shown[path] = shown[path] || !bytes.Equal(stateOr(r, clone), want)
			undo()
		})
		if !bytes.Equal(clone.AppendState(nil, r.clock()), want) {
			t.Fatal("the test did not put a value back")
		}
	}
	if len(shown) < 100 {
		t.Errorf("only %d fields were found", len(shown))
	}
	for path, ok := range shown {
		if why := unwritten[path]; !ok && why == "" {
			t.Errorf("AppendState does not show a change of %s", path)
		} else if ok && why != "" {
			t.Errorf("%s is written, and listed as not", path)
		}
	}
	for path := range unwritten {
		if _, found := shown[path]; !found {
			t.Errorf("%s is listed, and there is no such field", path)
		}
	}
}

// memory calls f for every slice below v.
func memory(v reflect.Value, f func(s reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			memory(plain(v.Field(i)), f)
		}
	case reflect.Array:
		for i := range v.Len() {
			memory(v.Index(i), f)
		}
	case reflect.Slice:
		f(v)
		for i := range v.Len() {
			memory(v.Index(i), f)
		}
	}
}

// TestCloneSharesNothing: what a clone does to its memory does not reach the
// original.
func TestCloneSharesNothing(t *testing.T) {
	slices := 0
	for _, r := range fullAssocs(t) {
		clone, want := r.a.Clone(), r.state()
		var all []reflect.Value
		memory(reflect.ValueOf(clone).Elem(), func(s reflect.Value) { all = append(all, s.Slice(0, s.Cap())) })
		for _, s := range all {
			slices++
			if s.Type().Elem().Kind() == reflect.Slice {
				continue // its elements have a turn of their own
			}
			for i := range s.Len() {
				leaves("", s.Index(i), func(_ string, v reflect.Value) { change(v) })
			}
		}
		if got := r.state(); !bytes.Equal(got, want) {
			t.Error("a change in a clone's memory reached the original")
		}
		if clone.Config() != r.a.Config() {
			t.Error("the clone has another Config")
		}
	}
	if slices == 0 {
		t.Error("no slice was found")
	}
}

// TestAppendStateCountsFromNow: equal futures at other instants look equal,
// and the time that passes shows while something waits for it.
func TestAppendStateCountsFromNow(t *testing.T) {
	r := established(t)
	idle := r.state()
	r.sleep(time.Hour)
	if !bytes.Equal(r.state(), idle) {
		t.Error("an idle association changed in an hour")
	}
	r.send(5)
	waiting := r.state()
	r.sleep(time.Millisecond)
	if bytes.Equal(r.state(), waiting) {
		t.Error("the RTO came nearer, and the state looks the same")
	}
}

// TestArmedTimersAreWritten: for each timer, when it expires.
func TestArmedTimersAreWritten(t *testing.T) {
	seen := map[Timer]bool{}
	for _, r := range fullAssocs(t) {
		for timer := range numTimers {
			for path := -1; path < len(r.a.paths); path++ {
				clone := r.a.Clone()
				set := &clone.timers
				if path >= 0 {
					set = &clone.paths[path].timers
				}
				at, ok := set.Deadline(uint8(timer))
				if !ok {
					continue
				}
				seen[timer] = true
				set.Arm(uint8(timer), at+1)
				if bytes.Equal(clone.AppendState(nil, r.clock()), r.state()) {
					t.Errorf("the deadline of %v is not written", timer)
				}
			}
		}
	}
	if len(seen) != int(numTimers) {
		t.Errorf("timers %v were armed, want all %d", seen, numTimers)
	}
}
