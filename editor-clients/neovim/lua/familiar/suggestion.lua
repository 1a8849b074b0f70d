--- Ghost text: Neovim's `vim.lsp.inline_completion`, and what it leaves to its clients.
---
--- Neovim asks 200 ms after the last keystroke, never cancels, shows replies that are out of date, and accepts whole
--- items only. So `adopt` stands between it and the wire: a newer request of a document cancels the older one, a reply
--- is shown only where it was asked for, and nothing is asked or shown while a completion menu is open. A part is
--- accepted by inserting it, and what remains is handed to Neovim again as if it had come from the server.
local M = {}

local method = "textDocument/inlineCompletion"

---@class familiar.Shown The last suggestions that Neovim was given for a buffer.
---@field client vim.lsp.Client
---@field items table[] lsp.InlineCompletionItem
---@field show fun(items: table[]) hands items to Neovim

---@type table<integer, familiar.Shown> by buffer
local shown = {}
---@type table<string, integer> request id by document, while the server works on it
local pending = {}

---@return boolean
local function menu_is_open()
  if vim.fn.pumvisible() == 1 then
    return true
  end
  local blink, cmp = package.loaded["blink.cmp"], package.loaded["cmp"]
  return blink ~= nil and blink.is_menu_visible() or cmp ~= nil and cmp.visible()
end

--- What a reply depends on: the text and the cursor.
local function moment(bufnr)
  local cursor = vim.api.nvim_win_get_cursor(0)
  return ("%d:%d:%d:%d"):format(
    vim.api.nvim_get_current_buf() == bufnr and bufnr or -1,
    vim.api.nvim_buf_get_changedtick(bufnr),
    cursor[1],
    cursor[2]
  )
end

--- Whether the current buffer shows ghost text (of whichever server).
---@return boolean
function M.visible()
  local namespace = vim.api.nvim_get_namespaces()["nvim.lsp.inline_completion"]
  local marks = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
  return vim.iter(marks):any(function(mark)
    local chunks = mark[4].virt_text or {}
    return mark[4].virt_lines ~= nil or vim.iter(chunks):any(function(chunk)
      return chunk[1] ~= ""
    end)
  end)
end

--- Stands between Neovim and the wire of `client` for inline completion.
---@param client vim.lsp.Client
function M.adopt(client)
  local wire = client.rpc
  local function request(name, params, reply, done)
    if name ~= method then
      return wire.request(name, params, reply, done)
    end
    if menu_is_open() then
      return true
    end
    local uri, bufnr = params.textDocument.uri, vim.uri_to_bufnr(params.textDocument.uri)
    if pending[uri] then
      wire.notify("$/cancelRequest", { id = pending[uri] })
    end
    local asked = moment(bufnr)
    local sent, id
    sent, id = wire.request(name, params, function(err, result, reply_id)
      if pending[uri] == id then
        pending[uri] = nil
      end
      if menu_is_open() or not vim.api.nvim_buf_is_loaded(bufnr) or moment(bufnr) ~= asked then
        return
      end
      local items = not err and result and (result.items or result) or {}
      local function show(some)
        shown[bufnr].items = some
        reply(nil, { items = some }, reply_id)
      end
      shown[bufnr] = { client = client, items = items, show = show }
      show(items)
      if #items == 0 then
        require("familiar.status").explain(client, params)
      elseif M.visible() then
        require("familiar.status").spoke(client)
        client:notify("textDocument/didShowCompletion", { item = items[1] })
      end
    end, done)
    pending[uri] = id
    return sent, id
  end
  client.rpc = setmetatable({ request = request }, { __index = wire })
end

--- Turns ghost text on for a buffer and lets it yield to completion menus.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  if not client:supports_method(method, bufnr) then
    return
  end
  vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
  local group = vim.api.nvim_create_augroup("familiar.suggestion." .. bufnr, {})
  vim.api.nvim_create_autocmd("CompleteChanged", { group = group, buffer = bufnr, callback = M.dismiss })
  vim.api.nvim_create_autocmd("BufUnload", {
    group = group,
    buffer = bufnr,
    callback = function()
      shown[bufnr] = nil
      vim.api.nvim_del_augroup_by_id(group)
    end,
  })
  vim.api.nvim_create_autocmd("User", {
    group = vim.api.nvim_create_augroup("familiar.suggestion.menus", {}),
    pattern = { "BlinkCmpMenuOpen", "CmpMenuOpen" },
    callback = M.dismiss,
  })
end

--- Accepts the whole suggestion.
---@return boolean
function M.accept()
  return M.visible() and vim.lsp.inline_completion.get()
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

--- The first word of `text`, with the space before it: an identifier, or a run of other characters.
---@param text string
---@return string
local function first_word(text)
  local space = text:match("^%s*")
  local rest = text:sub(#space + 1)
  -- Bytes from 0x80 on are parts of letters of other scripts.
  return space .. (rest:match("^[%w_\128-\255]+") or rest:match("^[^%w_%s\128-\255]+") or "")
end

--- The first line of `text`, with the empty lines before it.
---@param text string
---@return string
local function first_line(text)
  return text:match("^\n*[^\n]+") or text
end

--- Inserts a part of an item at the cursor and shows what remains of it.
---@param now familiar.Shown
---@param item table the item as it was shown
---@param typed integer bytes of the item's text that stand before the cursor already
---@param part integer bytes to insert
local function insert(now, item, typed, part)
  local encoding = now.client.offset_encoding
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  -- What the item replaces behind the cursor (an auto-closed bracket) is replaced with its last part.
  local tail = item.range["end"].character - vim.str_utfindex(vim.api.nvim_get_current_line(), encoding, col)
  local lines = vim.split(item.insertText:sub(typed + 1, typed + part), "\n", { plain = true })
  vim.api.nvim_buf_set_text(0, row - 1, col, row - 1, col, lines)
  row, col = row + #lines - 1, (#lines == 1 and col or 0) + #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { row, col })
  now.client:notify("textDocument/didPartiallyAcceptCompletion", {
    item = item,
    acceptedLength = vim.str_utfindex(item.insertText:sub(1, typed + part), "utf-16"),
  })
  local character = vim.str_utfindex(vim.api.nvim_get_current_line(), encoding, col)
  local rest = vim.deepcopy(item)
  rest.insertText = item.insertText:sub(typed + part + 1)
  rest.range = {
    start = { line = row - 1, character = character },
    ["end"] = { line = row - 1, character = character + math.max(tail, 0) },
  }
  now.show({ rest })
end

--- How many bytes of an item stand before the cursor already; nil when the item does not continue them.
---@param now familiar.Shown
---@return integer?
local function typed_of(now, item)
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local from, to = item.range.start, item.range["end"]
  if from.line ~= row - 1 or to.line ~= row - 1 then
    return nil
  end
  local line = vim.api.nvim_get_current_line()
  local typed = line:sub(vim.str_byteindex(line, now.client.offset_encoding, from.character, false) + 1, col)
  return vim.startswith(item.insertText, typed) and #typed or nil
end

--- Accepts the part of the suggestion that `cut` takes from what is not typed yet.
---@param cut fun(rest: string): string
---@return boolean
local function accept_part(cut)
  if not M.visible() then
    return false
  end
  local now = shown[vim.api.nvim_get_current_buf()]
  return vim.lsp.inline_completion.get({
    on_accept = function(accepted)
      local item = now
        and vim.iter(now.items):find(function(candidate)
          return candidate.range and type(candidate.insertText) == "string" and candidate.insertText == accepted.insert_text
        end)
      local typed = item and typed_of(now, item)
      if not typed then
        return accepted -- a snippet, or of another server: all or nothing
      end
      local rest = item.insertText:sub(typed + 1)
      local part = cut(rest)
      if part == rest then
        return accepted
      end
      insert(now, item, typed, #part)
    end,
  })
end

function M.accept_word()
  return accept_part(first_word)
end

function M.accept_line()
  return accept_part(first_line)
end

return M
