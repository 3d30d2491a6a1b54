module extram/callback

go 1.19
