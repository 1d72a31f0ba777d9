package sctp

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// parse makes a packet of "[@TAG] [pN] chunk; chunk". The tag is ours unless
// it is said: @0, @peer, @bad, or the one that INIT and COOKIE ECHO want.
func (r *rig) parse(text string) wire.SCTP {
	p := wire.SCTP{Net: wire.Net{Src: testPeers[0], Dst: testLocals[0]}, SrcPort: 5001, DstPort: 5000, Tag: r.a.myTag}
	tagged := false
	for {
		word, rest, _ := strings.Cut(text, " ")
		switch {
		case word == "@0":
			p.Tag = 0
		case word == "@peer":
			p.Tag = r.peerTag
		case word == "@own":
		case word == "@bad":
			p.Tag = r.a.myTag + 1
		case len(word) == 2 && word[0] == 'p' && word[1] >= '1' && word[1] <= '3':
			p.Src, p.Dst = testPeers[word[1]-'1'], testLocals[min(int(word[1]-'1'), len(r.a.locals)-1)]
			text = rest
			continue
		default:
			for _, chunk := range strings.Split(text, "; ") {
				p.Chunks = r.chunk(p.Chunks, &p, chunk, tagged)
			}
			return p
		}
		text, tagged = rest, true
	}
}

// words takes a chunk's text apart: NAME, plain words, and KEY=N.
type words struct {
	t     testing.TB
	name  string
	plain []string
	keys  map[string]string
}

func split(t testing.TB, text string) words {
	w := words{t: t, keys: map[string]string{}}
	for i, word := range strings.Fields(text) {
		if k, v, ok := strings.Cut(word, "="); ok {
			w.keys[k] = v
		} else if i == 0 {
			w.name = word
		} else {
			w.plain = append(w.plain, word)
		}
	}
	return w
}

func (w *words) number(key string, otherwise int) int {
	v, ok := w.keys[key]
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		w.t.Fatalf("%s: %v", w.name, err)
	}
	return n
}

func (w *words) has(word string) bool { return slices.Contains(w.plain, word) }

func (w *words) arg(i int) int {
	if i >= len(w.plain) {
		w.t.Fatalf("%s: want %d numbers", w.name, i+1)
	}
	n, err := strconv.Atoi(w.plain[i])
	if err != nil {
		w.t.Fatalf("%s: %v", w.name, err)
	}
	return n
}

var chunkTypes = func() map[string]wire.ChunkType {
	types := map[string]wire.ChunkType{}
	for i := range 256 {
		types[strings.ReplaceAll(wire.ChunkType(i).String(), " ", "_")] = wire.ChunkType(i)
	}
	return types
}()

// chunk appends a chunk that is written like one of these:
//
//	INIT tag=+1 rwnd=2000 os=3 mis=4 add=2 (two more addresses) first (the first, too) host | param=TYPE
//	INIT_ACK, the same, nocookie
//	COOKIE_ECHO [A|B|C|D|fresh|stale|strange|forged], else the last we handed out
//	DATA 5 s1:0 BEUI(100)    SACK 3 gap=2-3,5-5 dup=1,2 win=1000
//	SHUTDOWN 3    ABORT T cause=12    ERROR cause=3
//	HEARTBEAT text    HEARTBEAT_ACK [p2|other]    TYPE 200 (an unknown one)
func (r *rig) chunk(b wire.Chunks, p *wire.SCTP, text string, tagged bool) wire.Chunks {
	r.t.Helper()
	w := split(r.t, text)
	t, known := chunkTypes[w.name]
	c := wire.Chunk{Type: t}
	switch {
	case w.name == "TYPE":
		return wire.Chunk{Type: wire.ChunkType(w.arg(0)), Value: []byte("what")}.Append(b)
	case w.name == "RAW": // octets as they are
		for i := range w.plain {
			b = append(b, byte(w.arg(i)))
		}
		return b
	case !known:
		r.t.Fatalf("%q: there is no such chunk", text)
	}
	switch t {
	case wire.ChunkInit, wire.ChunkInitAck:
		if t == wire.ChunkInit && !tagged {
			p.Tag = 0
		}
		return r.initChunk(b, t, &w)
	case wire.ChunkCookieEcho:
		var tag wire.Tag
		if c.Value, tag = r.cookieOf(&w); !tagged {
			p.Tag = tag
		}
	case wire.ChunkData:
		return r.dataChunk(b, &w)
	case wire.ChunkSACK:
		return r.sackChunk(b, &w)
	case wire.ChunkReConfig:
		return r.reconfigChunk(b, &w)
	case wire.ChunkForwardTSN:
		return r.forwardChunk(b, &w)
	case wire.ChunkShutdown:
		return wire.AppendTSN(b, t, r.ours(w.arg(0)))
	case wire.ChunkAbort, wire.ChunkError:
		if n := w.number("cause", 0); n > 0 {
			c.Value = wire.Cause{Code: wire.CauseCode(n), Value: make([]byte, 4)}.Append(nil)
		}
	case wire.ChunkHeartbeat:
		c.Value = wire.Param{Type: wire.ParamHeartbeatInfo, Value: []byte(strings.Join(w.plain, " "))}.Append(nil)
	case wire.ChunkHeartbeatAck:
		c.Value = r.beats[0]
		for i := range r.beats {
			if w.has(fmt.Sprintf("p%d", i+1)) {
				c.Value = r.beats[i]
			}
		}
		if w.has("other") || c.Value == nil {
			c.Value = wire.Param{Type: wire.ParamHeartbeatInfo, Value: make([]byte, 17)}.Append(nil)
		}
	}
	if w.has("T") {
		c.Flags = wire.FlagT
	}
	return c.Append(b)
}

// ours and theirs are TSNs by their numbers.
func (r *rig) ours(n int) wire.TSN   { return r.a.snd.initial.Add(n - 1) }
func (r *rig) theirs(n int) wire.TSN { return r.peerTSN.Add(n - 1) }

func (r *rig) initChunk(b wire.Chunks, t wire.ChunkType, w *words) wire.Chunks {
	init := wire.Init{
		Tag: r.peerTag + wire.Tag(w.number("tag", 0)), ARwnd: uint32(w.number("rwnd", 100000)),
		OS: uint16(w.number("os", 10)), MIS: uint16(w.number("mis", 10)), InitialTSN: r.peerTSN,
	}
	if w.has("notag") {
		init.Tag = 0
	}
	r.itag = init.Tag
	for i := range w.number("add", 0) {
		init.Params = wire.AppendAddr(init.Params, testPeers[i+1])
	}
	if w.has("first") {
		init.Params = wire.AppendAddr(init.Params, testPeers[0])
	}
	if !w.has("plain") { // the peer knows what we know
		init.Params = r.cfg.features().append(init.Params)
	}
	if t == wire.ChunkInitAck && !w.has("nocookie") {
		init.Params = wire.Param{Type: wire.ParamStateCookie, Value: []byte("the peer's cookie")}.Append(init.Params)
	}
	if w.has("host") {
		init.Params = wire.Param{Type: wire.ParamHostName, Value: []byte("b.example\x00")}.Append(init.Params)
	}
	if ms := w.number("preserve", 0); ms > 0 {
		init.Params = wire.Append32(init.Params, wire.ParamCookiePreservative, uint32(ms))
	}
	if n := w.number("param", 0); n > 0 {
		init.Params = wire.Param{Type: wire.ParamType(n), Value: []byte("odd")}.Append(init.Params)
	}
	if n := w.number("then", 0); n > 0 {
		init.Params = wire.Param{Type: wire.ParamType(n), Value: []byte("odd")}.Append(init.Params)
	}
	return init.Append(b, t)
}

// cookieOf is the last State Cookie that we sent, or one that is to us what
// RFC 9260 5.2.4 names with a letter; and the tag that its packet carries.
func (r *rig) cookieOf(w *words) ([]byte, wire.Tag) {
	a := r.a
	c := cookie{
		made: r.clock(), life: a.cfg.ValidCookieLife, myTag: a.myTag, peerTag: a.peerTag, myTSN: a.snd.initial, peerTSN: r.peerTSN,
		rwnd: 100000, out: 10, in: 10, myPort: 5000, peerPort: 5001, n: 1, agreed: a.cfg.features(),
	}
	c.addrs[0] = testPeers[0]
	if c.peerTag == 0 {
		c.peerTag = r.peerTag
	}
	for _, kind := range append(w.plain, "last") {
		switch kind {
		case "A":
			c.myTag, c.peerTag, c.myTie, c.peerTie = 555, 666, a.myTag, a.peerTag
			c.myTSN = a.snd.initial.Add(1000)
		case "B":
			c.peerTag = r.peerTag + 5
		case "C":
			c.myTag = 555
		case "D":
		case "fresh":
			c.myTag, c.peerTag, c.myTSN = 555, r.peerTag, 1<<32-4
		case "strange":
			c.myTag, c.peerTag = 555, 666
		case "stale":
			c.made -= clock.Time(c.life + 250*time.Microsecond)
			continue
		case "forged":
			b := c.seal([16]byte{9}, nil)
			return b, c.myTag
		case "ports":
			c.peerPort++
			continue
		case "last":
			c, ok := unseal(a.cfg.Secret, r.cookie)
			if !ok {
				r.t.Fatal("there is no cookie yet")
			}
			return r.cookie, c.myTag
		}
		return c.seal(a.cfg.Secret, nil), c.myTag
	}
	panic("not reached")
}

func (r *rig) dataChunk(b wire.Chunks, w *words) wire.Chunks {
	d := wire.Data{TSN: r.theirs(w.arg(0)), PPID: uint32(w.number("ppid", 0))}
	n, letters := 1, "BE"
	for _, word := range w.plain[1:] {
		if stream, ssn, ok := strings.Cut(word, ":"); ok {
			s, _ := strconv.Atoi(stream[1:])
			q, _ := strconv.Atoi(ssn)
			d.Stream, d.SSN = uint16(s), wire.SSN(q)
			continue
		}
		flags, size, _ := strings.Cut(strings.TrimSuffix(word, ")"), "(")
		letters = flags
		n, _ = strconv.Atoi(size)
	}
	for letter, flag := range map[string]wire.ChunkFlags{"B": wire.FlagBegin, "E": wire.FlagEnd, "U": wire.FlagUnordered, "I": wire.FlagImmediate} {
		if strings.Contains(letters, letter) {
			d.Flags |= flag
		}
	}
	d.Payload = bytes.Repeat([]byte{byte('a' + (w.arg(0)-1)%26)}, n)
	return d.Append(b)
}

func (r *rig) sackChunk(b wire.Chunks, w *words) wire.Chunks {
	var gaps []wire.GapAckBlock
	var dups []wire.TSN
	for _, g := range strings.FieldsFunc(w.keys["gap"], func(c rune) bool { return c == ',' }) {
		var lo, hi int
		if _, err := fmt.Sscanf(g, "%d-%d", &lo, &hi); err != nil {
			r.t.Fatalf("gap %s: %v", g, err)
		}
		gaps = append(gaps, wire.GapAckBlock{Start: uint16(lo - w.arg(0)), End: uint16(hi - w.arg(0))})
	}
	for range w.number("dups", 0) {
		dups = append(dups, r.ours(1))
	}
	return wire.AppendSACK(b, r.ours(w.arg(0)), uint32(w.number("win", 100000)), gaps, dups)
}

// forwardChunk is "FORWARD-TSN 5 s1:0 s2:3".
func (r *rig) forwardChunk(b wire.Chunks, w *words) wire.Chunks {
	var skips []wire.Skip
	for _, word := range w.plain[1:] {
		stream, ssn, _ := strings.Cut(word[1:], ":")
		s, _ := strconv.Atoi(stream)
		q, _ := strconv.Atoi(ssn)
		skips = append(skips, wire.Skip{Stream: uint16(s), SSN: wire.SSN(q)})
	}
	return wire.AppendForwardTSN(b, false, r.theirs(w.arg(0)), skips)
}

// sent is what the last step sent, " | " between packets.
func (r *rig) sent() string {
	var all []string
	for i := range r.out.Packets {
		all = append(all, r.packetText(&r.out.Packets[i]))
	}
	return strings.Join(all, " | ")
}

// packetText is a packet as feed takes it, the other way round. The tag is the
// peer's unless it says: @0, @itag of the INIT that came last, @same as that
// of the packet that came last.
func (r *rig) packetText(p *Packet) string {
	var words []string
	init := p.Chunks.Has(wire.ChunkInit)
	switch {
	case p.Tag == r.a.peerTag && p.Tag != 0, init && p.Tag == 0, p.Chunks.Has(wire.ChunkInitAck) && p.Tag == r.itag:
	case p.Tag == 0:
		words = append(words, "@0")
	case p.Tag == r.itag:
		words = append(words, "@itag")
	case p.Tag == r.fed.Tag:
		words = append(words, "@same")
	default:
		words = append(words, "@other")
	}
	for i, addr := range testPeers {
		if i > 0 && addr == p.Dst {
			words = append(words, fmt.Sprintf("p%d", i+1))
		}
	}
	var chunks []string
	for c, rest, ok := p.Chunks.Next(); ok; c, rest, ok = rest.Next() {
		chunks = append(chunks, r.chunkText(c))
	}
	return strings.Join(append(words, strings.Join(chunks, "; ")), " ")
}

func (r *rig) chunkText(c wire.Chunk) string {
	text := strings.ReplaceAll(c.Type.String(), " ", "_")
	if d, ok := c.Data(); ok {
		var flags string
		for _, f := range [...]struct {
			flag wire.ChunkFlags
			text string
		}{{wire.FlagBegin, "B"}, {wire.FlagEnd, "E"}, {wire.FlagUnordered, "U"}, {wire.FlagImmediate, "I"}} {
			if d.Flags.Has(f.flag) {
				flags += f.text
			}
		}
		return fmt.Sprintf("DATA %d s%d:%d %s(%d)", d.TSN.Sub(r.ours(0)), d.Stream, d.SSN, flags, len(d.Payload))
	}
	if s, ok := c.SACK(); ok {
		cum := s.CumTSNAck.Sub(r.theirs(0))
		text = fmt.Sprintf("SACK %d", cum)
		for i := range s.Gaps.Len() {
			text += fmt.Sprintf("%s%d-%d", map[bool]string{true: " gap=", false: ","}[i == 0], cum+int(s.Gaps.At(i).Start), cum+int(s.Gaps.At(i).End))
		}
		for i := range s.Dups.Len() {
			text += fmt.Sprintf("%s%d", map[bool]string{true: " dup=", false: ","}[i == 0], s.Dups.At(i).Sub(r.theirs(0)))
		}
		return text
	}
	if c.Type == wire.ChunkReConfig {
		return r.reconfigText(c.Value)
	}
	if f, ok := c.ForwardTSN(); ok {
		text = fmt.Sprintf("FORWARD-TSN %d", f.NewCumTSN.Sub(r.ours(0)))
		for i := range f.Len() {
			text += fmt.Sprintf(" s%d:%d", f.At(i).Stream, f.At(i).SSN)
		}
		return text
	}
	if c.Type == wire.ChunkShutdown {
		tsn, _ := c.TSN()
		return fmt.Sprintf("SHUTDOWN %d", tsn.Sub(r.theirs(0)))
	}
	if c.Flags.Has(wire.FlagT) && (c.Type == wire.ChunkAbort || c.Type == wire.ChunkShutdownComplete) {
		text += " T"
	}
	causes, _ := c.Causes()
	for cause, rest, ok := causes.Next(); ok; cause, rest, ok = rest.Next() {
		text += fmt.Sprintf(" cause=%d", cause.Code)
	}
	return text
}
