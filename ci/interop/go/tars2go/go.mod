module tars2go

go 1.19

require github.com/TarsCloud/TarsGo/tars/tools/tars2go v1.2.4
