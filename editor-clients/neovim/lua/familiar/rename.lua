--- The verified rename and move: the server proposes, its evidence is shown, the user decides, the server applies.
local evidence = require("familiar.evidence")
local notify = require("familiar.notify")
local window = require("familiar.window")
local wire = require("familiar.wire")

local M = {}

---@class familiar.Rename What was asked for, and what came of it.
---@field client vim.lsp.Client
---@field command "familiar.rename"|"familiar.move"
---@field argument table textDocument, position, and newName or dest
---@field title string
---@field token string of the work-done progress
---@field running boolean
---@field proposal familiar.Proposal?
---@field taken table<string, boolean> the ticked questions, by id

---@type familiar.Rename?
local last
local count = 0

vim.api.nvim_create_autocmd("LspProgress", {
  group = vim.api.nvim_create_augroup("familiar.rename", {}),
  callback = function(event)
    local token, value = event.data.params.token, event.data.params.value
    if last and last.running and token == last.token and value.message then
      window.note(("%s: %s · :Familiar cancel"):format(last.title, value.message))
    end
  end,
})

---@param rename familiar.Rename
local function apply(rename)
  local proposal = assert(rename.proposal)
  wire.command(rename.client, "familiar.apply", { id = proposal.id }, function(answer)
    if not answer.applied then
      notify.fail(("nothing was changed: %s"):format(answer.reason))
      return
    end
    proposal.applied = true
    local files = #proposal.changes == 1 and "1 file" or #proposal.changes .. " files"
    notify.say(("%s: done in %s (:wall writes, :Familiar undo)."):format(rename.title, files))
  end)
end

---@param rename familiar.Rename
local function ended(rename)
  rename.running = false
  window.note(nil)
end

--- Whether a verification is running; one whose server has gone is not.
---@return boolean
local function is_running()
  if last and last.running and last.client:is_stopped() then
    ended(last)
  end
  return last ~= nil and last.running
end

--- Asks the server for the proposal, and shows it when it is there.
---@param rename familiar.Rename
local function propose(rename)
  count = count + 1
  rename.token = "familiar-proposal-" .. count
  rename.running, last = true, rename
  window.note(rename.title .. ": working it out · :Familiar cancel")
  wire.command(rename.client, rename.command, rename.argument, function(proposal)
    if not rename.running then
      return -- cancelled, and the answer was on its way
    end
    ended(rename)
    rename.proposal = proposal
    if vim.api.nvim_get_mode().mode == "n" then
      M.show()
    else
      -- A window that opens under somebody's fingers would take what is typed as its keys.
      notify.say(("%s: %s. `:Familiar evidence` shows it."):format(rename.title, proposal.status))
    end
  end, {
    token = rename.token,
    failed = function()
      ended(rename)
    end,
  })
end

--- Verifies again, with the ticked questions taken and the others left alone.
---@param rename familiar.Rename
local function again(rename)
  local take, skip = {}, {}
  for _, ask in ipairs(rename.proposal.asks) do
    table.insert(rename.taken[ask.id] and take or skip, ask.id)
  end
  rename.argument = vim.tbl_extend("force", rename.argument, { take = take, skip = skip })
  propose(rename)
end

--- Shows the last proposal with its evidence.
function M.show()
  local rename = last
  if not rename then
    notify.say("nothing has been proposed yet; `:Familiar rename` and `:Familiar move` propose a change.")
    return
  end
  if is_running() then
    notify.say(rename.title .. ": still verifying; `:Familiar cancel` ends it.")
    return
  end
  if not rename.proposal then
    notify.say(rename.title .. ": ended without a result.")
    return
  end
  local proposal = rename.proposal
  evidence.define_highlights()
  local view = window.open(evidence.page(proposal, rename.taken), rename.title, evidence.keys(proposal))
  local function close()
    window.close(view)
  end
  window.map(view, "q", close)
  window.map(view, "<Esc>", close)
  if evidence.applicable(proposal) then
    window.map(view, "a", function()
      close()
      apply(rename)
    end)
  end
  if #(proposal.asks or {}) > 0 and not proposal.applied then
    window.map(view, "<Space>", function()
      local row = vim.api.nvim_win_get_cursor(view.winid)[1] - 1
      local page = evidence.page(proposal, rename.taken)
      local ask = page.asks[row] or page.asks[row - 1]
      if ask then
        rename.taken[ask.id] = not rename.taken[ask.id] or nil
        window.update(view, evidence.page(proposal, rename.taken))
      end
    end)
    window.map(view, "v", function()
      close()
      again(rename)
    end)
  end
end

--- Whether something else may be proposed now; says so when not.
---@return boolean
local function is_free()
  if is_running() then
    notify.say(last.title .. ": still verifying; `:Familiar cancel` ends it.")
  end
  return not is_running()
end

--- Proposes what is asked for by `command` with `argument`.
---@param client vim.lsp.Client
---@param command "familiar.rename"|"familiar.move"
---@param argument table
---@param title string
local function begin(client, command, argument, title)
  argument = vim.tbl_extend("force", argument, { offer = false })
  local what = { client = client, command = command, argument = argument, title = title }
  propose(vim.tbl_extend("force", what, { token = "", running = false, taken = {} }))
end

--- Renames the symbol under the cursor: a module too, where it is imported.
---@param new_name string? asked for when left out
function M.start(new_name)
  local client = wire.client()
  if not client or not is_free() then
    return
  end
  local old = vim.fn.expand("<cword>")
  local argument = wire.here(client) -- before the prompt: the cursor may move meanwhile
  local function go(name)
    if not name or name == "" or name == old then
      return
    end
    argument.newName = name
    begin(client, "familiar.rename", argument, ("Rename %s to %s"):format(old, name))
  end
  if new_name and new_name ~= "" then
    go(new_name)
  else
    vim.ui.input({ prompt = ("Rename %s to: "):format(old), default = old }, go)
  end
end

local ANOTHER = "another module, which may be new …"

--- Moves the definition that is named under the cursor to another module.
---@param dest string? a path or a module's dotted name; chosen among the modules, or written, when left out
---@param place table? textDocument and position, where that is not the cursor
function M.move(dest, place)
  local client = wire.client()
  if not client or not is_free() then
    return
  end
  local argument = place or wire.here(client)
  wire.command(client, "familiar.destinations", argument, function(found)
    local function go(module)
      module = vim.trim(module or "")
      if module ~= "" then
        argument.dest = module
        begin(client, "familiar.move", argument, ("Move %s to %s"):format(found.name, module))
      end
    end
    local prompt = ("Move %s to: "):format(found.name)
    if dest and dest ~= "" then
      go(dest)
      return
    end
    vim.ui.select(vim.list_extend({ ANOTHER }, found.modules), { prompt = prompt }, function(chosen)
      if chosen == ANOTHER then
        vim.ui.input({ prompt = prompt, default = vim.fs.dirname(found.from) .. "/", completion = "file" }, go)
      else
        go(chosen)
      end
    end)
  end)
end

--- Ends a verification that is running. Neovim keeps the server's answer to a cancel to itself, so none is waited for.
function M.cancel()
  if is_running() then
    last.client:notify("window/workDoneProgress/cancel", { token = last.token })
    ended(last)
    notify.say(last.title .. ": cancelled, nothing was changed.")
  else
    notify.say("nothing is being verified.")
  end
end

return M
