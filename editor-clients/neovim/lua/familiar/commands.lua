--- `:Familiar`: its subcommands, each one a line of help and a function of its arguments.
local notify = require("familiar.notify")
local wire = require("familiar.wire")

local M = {}

--- Runs one of the server's commands for the current buffer, and says what came of it.
---@param name string
---@param argument table|fun(client: vim.lsp.Client): table
---@param answer fun(result: any, client: vim.lsp.Client)
local function server_command(name, argument, answer)
  local client = wire.client()
  if client then
    argument = type(argument) == "function" and argument(client) or argument
    wire.command(client, name, argument, function(result)
      answer(result, client)
    end)
  end
end

--- Says a sentence, and brings the statusline up to date.
local function say(client, sentence)
  require("familiar.status").refresh(client)
  notify.say(sentence)
end

local function rename(arguments)
  require("familiar.rename").start(arguments[1])
end

local function move(arguments)
  require("familiar.rename").move(arguments[1])
end

local function undo(arguments)
  server_command("familiar.undo", { id = arguments[1] }, function(result)
    if result.undone then
      local count = #result.paths
      notify.say(("taken back in %d file%s (:wall writes)."):format(count, count == 1 and "" or "s"))
    else
      notify.warn("nothing was taken back: " .. result.reason)
    end
  end)
end

local function trust(arguments)
  local argument = function(client)
    return { uri = vim.uri_from_fname(client.root_dir), trusted = arguments[1] ~= "revoke" }
  end
  server_command("familiar.trust", argument, function(result)
    local what = result.trusted and "its tests may run to verify a change" or "its tests are not run"
    notify.say(("%s is %strusted: %s."):format(vim.fs.basename(result.root), result.trusted and "" or "not ", what))
  end)
end

local function status()
  local client = wire.client()
  if client then
    wire.request(client, "familiar/status", nil, function(answer)
      local state = require("familiar.status")
      state.update(client, answer)
      notify.say(table.concat(state.lines(answer), "\n"))
    end)
  end
end

local function why()
  local client = wire.client()
  if client then
    wire.request(client, "familiar/explainSilence", wire.here(client), function(answer)
      local detail = answer.detail or ""
      notify.say(answer.reason .. (detail ~= "" and " (" .. detail .. ")" or ""))
    end)
  end
end

local function toggle(arguments)
  local language = arguments[1] or vim.bo.filetype
  server_command("familiar.toggle", { language = language }, function(result, client)
    say(client, ("suggestions are %s for %s."):format(result.enabled and "on" or "off", language))
  end)
end

local function snooze(arguments)
  local minutes = tonumber(arguments[1] or 10)
  if not minutes or minutes < 0 then
    notify.warn((":Familiar snooze takes a number of minutes (0 wakes), not `%s`."):format(arguments[1]))
    return
  end
  server_command("familiar.snooze", { minutes = minutes }, function(result, client)
    say(client, result.minutes > 0 and ("quiet for %d minutes."):format(result.minutes) or "awake.")
  end)
end

--- Ends the server, however it is, and starts it anew for the same buffers.
local function restart()
  local clients = vim.lsp.get_clients({ name = "familiar" })
  for _, client in ipairs(clients) do
    client:stop(2000)
  end
  local function start()
    vim.lsp.enable("familiar")
    notify.say("the server is starting.")
  end
  local function wait(tries)
    if tries == 0 or #vim.lsp.get_clients({ name = "familiar" }) == 0 then
      start()
    else
      vim.defer_fn(function()
        wait(tries - 1)
      end, 100)
    end
  end
  wait(40)
end

---@type table<string, { run: fun(arguments: string[]), arguments: string[]?, most: integer }>
local COMMANDS = {
  rename = { run = rename, most = 1 },
  move = { run = move, most = 1 },
  evidence = {
    run = function()
      require("familiar.rename").show()
    end,
    most = 0,
  },
  cancel = {
    run = function()
      require("familiar.rename").cancel()
    end,
    most = 0,
  },
  undo = { run = undo, most = 1 },
  trust = { run = trust, arguments = { "revoke" }, most = 1 },
  status = { run = status, most = 0 },
  why = { run = why, most = 0 },
  toggle = { run = toggle, most = 1 },
  snooze = { run = snooze, arguments = { "5", "10", "30", "60", "0" }, most = 1 },
  restart = { run = restart, most = 0 },
}

--- The subcommands' names, sorted.
---@return string[]
function M.names()
  local names = vim.tbl_keys(COMMANDS)
  table.sort(names)
  return names
end

--- Runs `:Familiar {arguments}`.
---@param call vim.api.keyset.create_user_command.command_args
function M.run(call)
  local name, arguments = call.fargs[1], vim.list_slice(call.fargs, 2)
  local command = COMMANDS[name]
  if not command then
    notify.warn(("there is no `:Familiar %s`; there are %s."):format(name, table.concat(M.names(), ", ")))
  elseif #arguments > command.most then
    notify.warn((":Familiar %s takes %s."):format(name, command.most == 0 and "no argument" or "at most one argument"))
  else
    command.run(arguments)
  end
end

--- Completes a subcommand, or its argument.
---@param lead string what is typed of the word
---@param line string the whole command line
---@return string[]
function M.complete(lead, line)
  local before = vim.split(line:sub(1, #line - #lead), "%s+", { trimempty = true })
  local words = M.names()
  if #before >= 2 then
    local command = #before == 2 and COMMANDS[before[2]]
    words = command and command.arguments or {}
    if command and before[2] == "toggle" then
      words = { vim.bo.filetype }
    elseif command and before[2] == "move" then
      words = vim.fn.getcompletion(lead, "file")
    end
  end
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, words)
end

return M
