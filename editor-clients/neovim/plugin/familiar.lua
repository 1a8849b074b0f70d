if vim.g.loaded_familiar then
  return
end
vim.g.loaded_familiar = true

if vim.fn.has("nvim-0.12") == 0 then
  vim.notify(
    ("Familiar: this is Neovim %s; its inline completion needs 0.12 or later."):format(tostring(vim.version())),
    vim.log.levels.WARN
  )
  return
end

vim.api.nvim_create_user_command("Familiar", function(call)
  require("familiar.commands").run(call)
end, {
  nargs = "+",
  desc = "Familiar: verified rename, undo, status and more (:help :Familiar)",
  complete = function(...)
    return require("familiar.commands").complete(...)
  end,
})

if vim.g.familiar_autostart ~= false then
  vim.lsp.enable("familiar")
end
