package sctp

var dataStatements []statement
var controlStatements []statement
var endingStatements []statement
