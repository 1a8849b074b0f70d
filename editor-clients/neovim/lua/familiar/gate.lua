--- Stands between Neovim's `vim.lsp.inline_completion` and the wire.
---
--- Neovim asks 200 ms after the last keystroke, never cancels, and shows replies that are out of date. So here a newer
--- request of a document cancels the older one, a reply passes only if text and cursor are still those that it was asked
--- for, and nothing is asked or shown while a completion menu is open.
local M = {}

M.method = "textDocument/inlineCompletion"

---@class familiar.Shown The last items that Neovim was given for a buffer.
---@field client vim.lsp.Client
---@field items table[] lsp.InlineCompletionItem
---@field column integer of the cursor when they were made, in the client's encoding
---@field show fun(items: table[]) hands Neovim other items in their place

---@type table<integer, familiar.Shown> by buffer
local shown = {}
---@type table<string, integer> request id by document, while the server works on it
local pending = {}

---@param bufnr integer
---@return familiar.Shown?
function M.shown(bufnr)
  return shown[bufnr]
end

---@param bufnr integer
function M.forget(bufnr)
  shown[bufnr] = nil
end

--- Whether a completion menu is open: Neovim's own, blink.cmp's or nvim-cmp's.
---@return boolean
function M.menu_is_open()
  if vim.fn.pumvisible() == 1 then
    return true
  end
  local blink, cmp = package.loaded["blink.cmp"], package.loaded["cmp"]
  return blink ~= nil and blink.is_menu_visible() or cmp ~= nil and cmp.visible()
end

--- Whether the current buffer shows ghost text, of whichever server.
---@return boolean
function M.visible()
  local namespace = vim.api.nvim_get_namespaces()["nvim.lsp.inline_completion"]
  local marks = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
  return vim.iter(marks):any(function(mark)
    return mark[4].virt_lines ~= nil or vim.iter(mark[4].virt_text or {}):any(function(chunk)
      return chunk[1] ~= ""
    end)
  end)
end

--- What a reply depends on: the text and the cursor.
---@param bufnr integer
local function moment(bufnr)
  if vim.api.nvim_get_current_buf() ~= bufnr then
    return "elsewhere"
  end
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  return ("%d:%d:%d"):format(vim.api.nvim_buf_get_changedtick(bufnr), row, col)
end

--- Takes a reply that is still true: keeps it and passes it on.
---@param client vim.lsp.Client
---@param bufnr integer
---@param params table of the request
---@param items table[]
---@param pass fun(items: table[])
local function take(client, bufnr, params, items, pass)
  local now = { client = client, items = items, column = params.position.character }
  function now.show(others)
    now.items = others
    pass(others)
  end
  shown[bufnr] = now
  pass(items)
  local status = require("familiar.status")
  if #items == 0 then
    status.explain(client, params)
  elseif M.visible() then
    status.spoke(client)
    client:notify("textDocument/didShowCompletion", { item = items[1] })
  end
end

--- Puts the gate into `client`.
---@param client vim.lsp.Client
function M.adopt(client)
  local wire = client.rpc
  local function request(name, params, reply, done)
    if name ~= M.method then
      return wire.request(name, params, reply, done)
    end
    if M.menu_is_open() then
      return true
    end
    local uri = params.textDocument.uri
    local bufnr = vim.uri_to_bufnr(uri)
    if pending[uri] then
      wire.notify("$/cancelRequest", { id = pending[uri] })
    end
    local asked = moment(bufnr)
    local sent, id
    sent, id = wire.request(name, params, function(err, result, reply_id)
      if pending[uri] == id then
        pending[uri] = nil
      end
      if not M.menu_is_open() and moment(bufnr) == asked then
        -- An error is a silence too: Neovim would keep the stale text.
        local items = not err and result and result ~= vim.NIL and (result.items or result) or {}
        take(client, bufnr, params, items, function(some)
          reply(nil, { items = some }, reply_id)
        end)
      end
    end, done)
    pending[uri] = id
    return sent, id
  end
  client.rpc = setmetatable({ request = request }, { __index = wire })
end

return M
