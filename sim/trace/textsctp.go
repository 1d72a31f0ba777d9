package trace

import (
	"fmt"
	"strings"

	"simrun/wire"
	"simrun/wire/notation"
)

// base is what the numbers of a packet count from.
func (p *Packet) base(absolute bool) notation.Base {
	if absolute {
		return notation.Base{}
	}
	return notation.Base{Seq: p.SeqBase, Ack: p.AckBase}
}

// sctpText is the arrow text of a packet of SCTP: its chunks.
func sctpText(p *Packet, absolute bool) arrowText {
	base := p.base(absolute)
	a := arrowText{chunks: notation.Chunks(&p.Pkt.SCTP, base)}
	c, rest, ok := p.Pkt.SCTP.Chunks.Next()
	if !ok {
		return a
	}
	a.shortChunk = notation.ShortChunk(c, base)
	if causes, ok := c.Causes(); ok {
		for cause, rest, ok := causes.Next(); ok; cause, rest, ok = rest.Next() {
			a.more = append(a.more, cause.Code.String())
		}
	}
	d, isData := c.Data()
	s, isSACK := c.SACK()
	switch {
	case p.Forged || p.Resend > 0 || len(rest) > 0:
	case isData:
		a.kind = data
		a.seqN = relative(wire.Seq(d.TSN), base.Seq, absolute)
		a.end = a.seqN + 1
	case isSACK:
		a.ack = relative(wire.Seq(s.CumTSNAck), base.Ack, absolute)
		if s.ARwnd > 0 {
			a.kind = advance
		}
		if s.Gaps.Len() > 0 {
			a.kind, a.sack, a.gaps = again, true, notation.Gaps(&s, base)
		}
	}
	return a
}

// wordsOf is what stands before the chunks, and the chunks.
func (a *arrowText) wordsOf(chunks []string, right bool) string {
	return (&arrowText{num: a.num, tags: a.tags}).join(strings.Join(chunks, "; "), nil, right)
}

// fitChunks is fit for chunks: as many as have room, the others below, each
// behind a plus sign. The first gives way last, to a shorter form.
func (a *arrowText) fitChunks(n int, right bool) (text string, more []string) {
	for k := len(a.chunks); k > 0; k-- {
		if text = a.wordsOf(a.chunks[:k], right); Cells(text) <= n {
			return text, append(more, a.more...)
		}
		if k > 1 {
			more = append([]string{"+ " + a.chunks[k-1]}, more...)
		}
	}
	if text = a.wordsOf([]string{a.shortChunk}, right); Cells(text) <= n {
		if a.gaps != "" {
			more = append([]string{a.gaps}, more...)
		}
		return text, append(more, a.more...)
	}
	more = append([]string{a.chunks[0]}, more...)
	name, _, _ := strings.Cut(a.shortChunk, " ")
	if text = a.wordsOf([]string{name}, right); Cells(text) > n {
		text, _ = cutCells(a.num, n)
	}
	return text, append(more, a.more...)
}

// chunkTrain is the text of packets with one chunk each that fly together.
func chunkTrain(t *arrowText, a, z *arrowText, g *glyphs) {
	name, _, _ := strings.Cut(a.chunks[0], " ")
	text := t.flags + " " + name + " "
	switch {
	case a.kind == data:
		text += fromTo(a.seqN, z.end-1, g)
	default:
		text += fromTo(a.ack, z.ack, g)
	}
	t.flags, t.shortChunk, t.chunks = "", text, []string{text}
	if z.gaps != "" {
		t.more = append([]string{z.gaps}, t.more...)
	}
}

// fromTo is two numbers, or one if they are the same.
func fromTo(from, to int, g *glyphs) string {
	if from == to {
		return fmt.Sprint(from)
	}
	return fmt.Sprintf("%d%s%d", from, g.dots, to)
}
