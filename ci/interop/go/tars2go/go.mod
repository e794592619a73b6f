module tars2go

go 1.19

require github.com/TarsCloud/TarsGo v1.1.1
