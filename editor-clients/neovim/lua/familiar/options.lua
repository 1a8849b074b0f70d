--- What a user may set, its defaults, and what is wrong with what was given.
local M = {}

---@class familiar.Keys  Each one is a key, or false for none.
---@field accept string|false
---@field accept_word string|false
---@field accept_line string|false
---@field dismiss string|false
---@field next string|false
---@field previous string|false

---@class familiar.Options
---@field cmd string[]? Command that starts the server; nil: looked for (see server.lua).
---@field filetypes string[]
---@field keys familiar.Keys|false Insert-mode keys; false binds none.
---@field settings table The server's own settings, without their prefix `familiar.`.
local defaults = {
  cmd = nil,
  -- The graph reads Python, JavaScript and TypeScript; renames are for Python, suggestions for all.
  filetypes = {
    "c", "cpp", "cs", "css", "go", "html", "java", "javascript", "javascriptreact", "kotlin", "lua", "php", "python",
    "ruby", "rust", "scala", "sh", "sql", "swift", "toml", "typescript", "typescriptreact", "yaml", "zig",
  },
  keys = {
    accept = "<Tab>",
    accept_word = "<M-Right>",
    accept_line = "<M-C-Right>",
    dismiss = "<C-]>",
    next = "<M-]>",
    previous = "<M-[>",
  },
  settings = {},
}

local current = vim.deepcopy(defaults)

---@return familiar.Options
function M.get()
  return current
end

--- Names what is wrong with `given` in one sentence, or returns nil.
---@param given table
---@return string?
local function problem(given)
  local known = { cmd = "table", filetypes = "table", keys = "table", settings = "table" }
  for name, value in pairs(given) do
    if not known[name] then
      return ("there is no option `%s`; the options are cmd, filetypes, keys and settings"):format(name)
    end
    if type(value) ~= known[name] and not (name == "keys" and value == false) then
      return ("the option `%s` must be a table"):format(name)
    end
  end
  for name in pairs(given.keys or {}) do
    if defaults.keys[name] == nil then
      return ("there is no key `%s`; see :help familiar-keys"):format(name)
    end
  end
end

--- Replaces the options by the defaults with `given` on top.
---@param given table?
function M.set(given)
  given = given or {}
  local wrong = problem(given)
  if wrong then
    error("familiar.setup: " .. wrong, 0)
  end
  current = vim.tbl_deep_extend("force", vim.deepcopy(defaults), given)
end

return M
