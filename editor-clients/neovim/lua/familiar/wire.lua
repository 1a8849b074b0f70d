--- Asking the server: its commands and its own requests, with errors told in one sentence.
local notify = require("familiar.notify")
local server = require("familiar.server")

local M = {}

--- The client of the current buffer; says so when there is none.
---@return vim.lsp.Client?
function M.client()
  local client = server.client(vim.api.nvim_get_current_buf())
  if not client then
    local _, wrong = server.find()
    notify.warn(wrong or ("the server does not run for this file (filetype `%s`)."):format(vim.bo.filetype))
  end
  return client
end

--- Takes JSON's nulls out of an answer, in place: in Lua vim.NIL is true.
---@param value any
---@return any
function M.without_nulls(value)
  if value == vim.NIL then
    return nil
  end
  if type(value) == "table" then
    for key, inner in pairs(value) do
      value[key] = M.without_nulls(inner)
    end
  end
  return value
end

---@param answer fun(result: any)
---@param failed fun(err: lsp.ResponseError)?
local function reply(answer, failed)
  return function(err, result)
    if err then
      -- The protocol's own answer to a cancel is no news.
      if err.code ~= vim.lsp.protocol.ErrorCodes.RequestCancelled then
        notify.fail(err.message)
      end
      if failed then
        failed(err)
      end
      return
    end
    answer(M.without_nulls(result))
  end
end

--- Runs one of the server's commands; `answer` gets its result.
---@param client vim.lsp.Client
---@param name string for example "familiar.undo"
---@param argument table?
---@param answer fun(result: any)
---@param opts { token: string?, failed: fun(err: lsp.ResponseError)? }?
---@return integer? request id, for `client:cancel_request`
function M.command(client, name, argument, answer, opts)
  opts = opts or {}
  -- An empty table would reach the server as an empty list.
  argument = argument and next(argument) and argument or vim.empty_dict()
  local params = { command = name, arguments = { argument }, workDoneToken = opts.token }
  local bufnr = vim.api.nvim_get_current_buf()
  local _, id = client:request("workspace/executeCommand", params, reply(answer, opts.failed), bufnr)
  return id
end

--- Sends one of the server's own requests.
---@param client vim.lsp.Client
---@param method string for example "familiar/status"
---@param params table?
---@param answer fun(result: any)
---@param failed fun(err: lsp.ResponseError)?
function M.request(client, method, params, answer, failed)
  client:request(method, params or vim.empty_dict(), reply(answer, failed), vim.api.nvim_get_current_buf())
end

--- The document and the place of the cursor, as the protocol writes them.
---@param client vim.lsp.Client
---@return table
function M.here(client)
  return vim.lsp.util.make_position_params(0, client.offset_encoding)
end

return M
