--- Where the server is, and the configuration with which Neovim starts it.
local notify = require("familiar.notify")
local options = require("familiar.options")

local M = {}

M.name = "familiar"

---@param path string?
---@return string?
local function runnable(path)
  return path and path ~= "" and vim.fn.executable(path) == 1 and path or nil
end

--- The folder in which `uv tool install` puts commands, or nil.
---@return string?
local function uv_folder()
  if vim.fn.executable("uv") == 0 then
    return nil
  end
  local ok, answer = pcall(function()
    return vim.system({ "uv", "tool", "dir", "--bin" }, { text = true }):wait(3000)
  end)
  return ok and answer.code == 0 and vim.trim(answer.stdout) or nil
end

--- What to run: in the checkout that this plugin stands in, where it stands in one.
---@return string
local function how_to_install()
  local file = debug.getinfo(1, "S").source:sub(2)
  local checkout = vim.fs.root(file, "pyproject.toml")
  local where = checkout and "In " .. vim.fn.fnamemodify(checkout, ":~") or "In a checkout of Familiar"
  return where .. ", run: uv tool install '.[model]'"
end

--- The command that starts the server: the setting, else `familiar` on PATH, else in uv's tool folder.
---@return string[]? command
---@return string? problem one sentence with what to do, when there is no command
function M.find()
  local set = options.get().cmd
  if set then
    if runnable(set[1]) then
      return set
    end
    return nil, ("the option `cmd` names `%s`, which cannot be run. Correct it, or leave it out."):format(set[1] or "")
  end
  local path = runnable(vim.fn.exepath("familiar")) or runnable(vim.fn.expand("~/.local/bin/familiar"))
  if not path then
    local folder = uv_folder()
    path = folder and runnable(folder .. "/familiar")
  end
  if path then
    return { path, "serve", "--stdio" }
  end
  return nil, "the server is not installed. " .. how_to_install()
end

--- The command that runs a subcommand of the same installation, for example `{ "familiar", "doctor", "--json" }`.
---@param ... string
---@return string[]? command, string? problem
function M.subcommand(...)
  local command, wrong = M.find()
  if not command then
    return nil, wrong
  end
  local out = {}
  for _, word in ipairs(command) do
    if word == "serve" then
      break
    end
    out[#out + 1] = word
  end
  return vim.list_extend(out, { ... })
end

--- The root of the repository that `bufnr` belongs to, as every command of `familiar` finds it.
---@param bufnr integer
---@return string
function M.root(bufnr)
  return vim.fs.root(bufnr, { ".git", { "pyproject.toml", "package.json", "go.mod", "Cargo.toml" } }) or vim.fn.getcwd()
end

--- The running client of a buffer (or of any buffer), or nil.
---@param bufnr integer?
---@return vim.lsp.Client?
function M.client(bufnr)
  return vim.lsp.get_clients({ name = M.name, bufnr = bufnr })[1] or vim.lsp.get_clients({ name = M.name })[1]
end

--- The server's settings; an empty table must not reach it as an empty list.
---@return table
function M.settings()
  local settings = options.get().settings
  return next(settings) and settings or vim.empty_dict()
end

--- What the server has to know at its start: that the evidence is shown here, and that other servers' rename is theirs.
---@return table
function M.init_options()
  local rename = vim.tbl_get(options.get().settings, "answer", "rename")
  return { evidence = true, otherRename = rename ~= "on", settings = M.settings() }
end

local told -- the problem that the user has been told already

--- What `lsp/familiar.lua` returns: Neovim's configuration of the server.
---@return vim.lsp.Config
function M.config()
  return {
    cmd = function(dispatchers, config)
      local command = assert(M.find())
      return vim.lsp.rpc.start(command, dispatchers, { cwd = config.root_dir, env = config.cmd_env })
    end,
    filetypes = options.get().filetypes,
    -- Neovim asks for the root before it starts anything, so this is where a missing server is noticed.
    root_dir = function(bufnr, start)
      local command, wrong = M.find()
      if command then
        told = nil
        start(M.root(bufnr))
      elseif told ~= wrong then
        told = wrong
        notify.warn(wrong)
      end
    end,
    settings = { familiar = M.settings() },
    init_options = M.init_options(),
    on_init = function(client)
      require("familiar.gate").adopt(client)
      require("familiar.status").refresh(client)
    end,
    on_attach = function(client, bufnr)
      require("familiar.suggestion").attach(client, bufnr)
      require("familiar.keys").bind(bufnr)
    end,
    commands = {
      -- The server's code action: where the definition goes is asked for here.
      ["familiar.move"] = function(command)
        require("familiar.rename").move(nil, command.arguments[1])
      end,
    },
    handlers = {
      ["familiar/status"] = function(_, status, context)
        local client = assert(vim.lsp.get_client_by_id(context.client_id))
        require("familiar.status").update(client, require("familiar.wire").without_nulls(status))
      end,
    },
  }
end

return M
