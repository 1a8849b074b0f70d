--- `:checkhealth familiar`: this editor, the server, and what the server's own `familiar doctor` finds.
local server = require("familiar.server")

local M = {}

local health = vim.health
local REPORT = { ok = health.ok, warn = health.warn, fail = health.error, absent = health.info }

local function editor()
  health.start("Neovim")
  health.ok(("Neovim %s has inline completion"):format(tostring(vim.version())))
  local client = vim.lsp.get_clients({ name = "familiar" })[1]
  if client then
    health.ok(("the server runs in %s (positions in %s)"):format(client.root_dir, client.offset_encoding))
  elseif vim.lsp.is_enabled("familiar") then
    health.info("the server does not run: no file of a language that it is for is open (:help familiar-options)")
  else
    health.warn("the server is not enabled", "Call require('familiar').setup(), or vim.lsp.enable('familiar').")
  end
end

--- One check of `familiar doctor --json`.
local function report(check)
  local function given(value)
    return value ~= nil and value ~= "" and tostring(value) or nil
  end
  local sentence = check.name .. ": " .. (given(check.wrong) or given(check.found) or check.status)
  local say = REPORT[check.status] or health.info
  if say == health.ok or say == health.info then
    say(sentence .. (given(check["do"]) and " (" .. check["do"] .. ")" or ""))
  else
    say(sentence, given(check["do"]))
  end
end

function M.check()
  editor()
  health.start("The server")
  local command, wrong = server.subcommand("doctor", "--json")
  if not command then
    health.error(wrong or "", "Then start Neovim again, or `:Familiar restart`.")
    return
  end
  health.ok("found: " .. command[1])
  local ok, result = pcall(function()
    return vim.system(command, { text = true, cwd = vim.fn.getcwd() }):wait(60000)
  end)
  local decoded, answer = false, nil
  if ok then
    decoded, answer = pcall(vim.json.decode, result.stdout or "", { luanil = { object = true } })
  end
  if not decoded or type(answer) ~= "table" or not answer.checks then
    local what = ok and vim.trim((result.stderr or ""):sub(-300)) or tostring(result)
    health.error(("`%s` gave no report: %s"):format(table.concat(command, " "), what))
    return
  end
  for _, check in ipairs(answer.checks) do
    report(check)
  end
end

return M
