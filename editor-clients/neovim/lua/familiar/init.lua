--- Familiar's client for Neovim. `setup` is optional; the rest is what a user's own mappings and statusline may call.
local M = {}

--- Sets the options (:help familiar-options) and starts the server for buffers that are open already.
---@param given familiar.Options?
function M.setup(given)
  local options = require("familiar.options")
  options.set(given)
  -- The configuration in lsp/familiar.lua reads the options: Neovim reads it again after this.
  vim.lsp.enable("familiar")
end

--- A few words for a statusline; empty where Familiar does not run.
---@return string
function M.status()
  return require("familiar.status").text()
end

for _, action in ipairs({ "visible", "accept", "accept_word", "accept_line", "dismiss", "next", "previous" }) do
  --- Each returns whether a suggestion was visible, that is whether anything was done.
  M[action] = function()
    return require("familiar.suggestion")[action]()
  end
end

--- Renames the symbol under the cursor after verifying the change (:help familiar-rename).
---@param new_name string? asked for when left out
function M.rename(new_name)
  require("familiar.rename").start(new_name)
end

--- Moves the definition under the cursor to another module, after verifying the change (:help familiar-move).
---@param dest string? a path or a module's dotted name; asked for when left out
function M.move(dest)
  require("familiar.rename").move(dest)
end

return M
