--- Messages to the user: one prefix, one place.
local M = {}

---@param message string
---@param level integer? of vim.log.levels; INFO when left out
function M.say(message, level)
  vim.cmd.redraw() -- in place of an earlier message: two at once would ask for Enter
  vim.notify("Familiar: " .. message, level or vim.log.levels.INFO, { title = "Familiar" })
end

function M.warn(message)
  M.say(message, vim.log.levels.WARN)
end

function M.fail(message)
  M.say(message, vim.log.levels.ERROR)
end

return M
