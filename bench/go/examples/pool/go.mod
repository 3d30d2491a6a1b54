module extram/pool

go 1.19
