return require("familiar.server").config()
