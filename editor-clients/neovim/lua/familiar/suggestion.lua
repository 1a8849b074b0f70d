--- The visible suggestion: taking it whole, by the word or by the line, leaving it, choosing another.
---
--- Neovim accepts whole items only, and forgets what was typed since they were asked for. So the items of our server
--- are taken here: a part is inserted, and what remains is shown as an item of its own.
local gate = require("familiar.gate")

local M = {}

M.visible = gate.visible

--- How many bytes of an item stand before the cursor already; nil when the item does not continue them.
---@param now familiar.Shown
---@param item table
---@return integer?
local function typed_of(now, item)
  local range = item.range
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  if type(item.insertText) ~= "string" or not range or range.start.line ~= row - 1 or range["end"].line ~= row - 1 then
    return nil
  end
  local line = vim.api.nvim_get_current_line()
  local start = vim.str_byteindex(line, now.client.offset_encoding, range.start.character, false)
  local typed = line:sub(start + 1, col)
  return start <= col and vim.startswith(item.insertText, typed) and #typed or nil
end

--- Takes away what no longer continues the text, or all where a menu has opened; Neovim would go on showing it until
--- the next reply.
---@param bufnr integer
local function keep_what_fits(bufnr)
  local now = gate.shown(bufnr)
  if not now or vim.api.nvim_get_current_buf() ~= bufnr then
    return
  end
  local menu = gate.menu_is_open()
  local fitting = vim.tbl_filter(function(item)
    return not menu and typed_of(now, item) ~= nil
  end, now.items)
  if #fitting < #now.items then
    now.show(fitting)
  end
end

--- Turns ghost text on for a buffer and lets it yield to completion menus and to what is typed.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  if not client:supports_method(gate.method, bufnr) then
    return
  end
  vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
  local group = vim.api.nvim_create_augroup("familiar.suggestion." .. bufnr, {})
  local function on(event, action)
    vim.api.nvim_create_autocmd(event, { group = group, buffer = bufnr, callback = action })
  end
  on("CursorMovedI", function() -- runs after Neovim's own, which `enable` made
    keep_what_fits(bufnr)
  end)
  on("CompleteChanged", function()
    M.dismiss()
  end)
  on("BufUnload", function()
    gate.forget(bufnr)
  end)
  vim.api.nvim_create_autocmd("User", {
    group = vim.api.nvim_create_augroup("familiar.suggestion.menus", {}),
    pattern = "BlinkCmpMenuOpen",
    callback = function()
      M.dismiss()
    end,
  })
end

--- Runs the item's command, where the server knows it.
---@param client vim.lsp.Client
---@param item table
local function tell_taken(client, item)
  local known = vim.tbl_get(client.server_capabilities, "executeCommandProvider", "commands") or {}
  if item.command and vim.list_contains(known, item.command.command) then
    client:exec_cmd(item.command)
  end
end

--- Takes a part of an item: inserts it at the cursor and shows what remains; the last part ends the item.
---@param now familiar.Shown
---@param item table
---@param typed integer bytes of the item's text that stand before the cursor already
---@param part integer bytes to take
local function take(now, item, typed, part)
  local encoding = now.client.offset_encoding
  local bufnr, line = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_line()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local all = typed + part == #item.insertText
  -- What the item replaces behind the cursor, an auto-closed bracket, goes with its last part.
  local tail = math.max(item.range["end"].character - now.column, 0)
  local stop = all and vim.str_byteindex(line, encoding, vim.str_utfindex(line, encoding, col) + tail, false) or col
  local lines = vim.split(item.insertText:sub(typed + 1, typed + part), "\n", { plain = true })
  vim.api.nvim_buf_set_text(bufnr, row - 1, col, row - 1, stop, lines)
  row, col = row + #lines - 1, (#lines == 1 and col or 0) + #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { row, col })
  if all then
    gate.forget(bufnr)
    tell_taken(now.client, item)
    return
  end
  now.client:notify("textDocument/didPartiallyAcceptCompletion", {
    item = item,
    acceptedLength = vim.str_utfindex(item.insertText:sub(1, typed + part), "utf-16"),
  })
  now.column = vim.str_utfindex(vim.api.nvim_get_current_line(), encoding, col)
  local rest = vim.deepcopy(item)
  rest.insertText = item.insertText:sub(typed + part + 1)
  rest.range = {
    start = { line = row - 1, character = now.column },
    ["end"] = { line = row - 1, character = now.column + tail },
  }
  now.show({ rest })
end

--- Accepts the part of the suggestion that `cut` takes from what is not typed yet.
---@param cut fun(rest: string): string
---@return boolean whether there was one
local function accept_part(cut)
  if not M.visible() then
    return false
  end
  local now = gate.shown(vim.api.nvim_get_current_buf())
  return vim.lsp.inline_completion.get({
    on_accept = function(accepted)
      local item = now
        and vim.iter(now.items):find(function(candidate)
          return candidate.insertText == accepted.insert_text
        end)
      local typed = item and typed_of(now, item)
      if not typed then
        return accepted -- a snippet, or of another server: Neovim takes it whole
      end
      take(now, item, typed, #cut(item.insertText:sub(typed + 1)))
    end,
  })
end

--- Accepts the whole suggestion.
---@return boolean whether there was one; so all that follow
function M.accept()
  return accept_part(function(rest)
    return rest
  end)
end

--- Accepts the next word with the space before it: an identifier, or a run of other characters.
function M.accept_word()
  return accept_part(function(rest)
    local space = rest:match("^%s*")
    local after = rest:sub(#space + 1)
    -- Bytes from 0x80 on are parts of other scripts' letters.
    return space .. (after:match("^[%w_\128-\255]+") or after:match("^[^%w_%s\128-\255]+") or "")
  end)
end

--- Accepts the next line with the empty ones before it.
function M.accept_line()
  return accept_part(function(rest)
    return rest:match("^\n*[^\n]+") or rest
  end)
end

--- Clears the suggestion; the next keystroke asks again.
function M.dismiss()
  local was = M.visible()
  -- An item for which `on_accept` returns nothing is dropped without being applied.
  vim.lsp.inline_completion.get({ on_accept = function() end })
  return was
end

---@param count integer
local function step(count)
  if not M.visible() then
    return false
  end
  vim.lsp.inline_completion.select({ count = count })
  return true
end

function M.next()
  return step(1)
end

function M.previous()
  return step(-1)
end

return M
