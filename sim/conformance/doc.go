// Package conformance lists what the RFCs require, an entry for each
// requirement, and writes the page that says which of them are met.
//
// The tables are data. Each requirement that is in scope has a proof among the
// tests of this package: a function that runs the protocol and looks at what it
// does. The page of an RFC is written from the table and from the outcome of
// the proofs, so that it cannot say more than they have shown.
package conformance
