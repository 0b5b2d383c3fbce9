"""The terminal under the screens; the only package that uses private parts of Textual.

Each of these is private in Textual 8.2.8. What breaks when it changes:

- `textual._compositor.LayoutUpdate`, `textual._compositor.ChopsUpdate`, `textual._compositor.CompositorUpdate` (app_base,
  diff_renderer): what Textual draws is not recognised, or read wrongly. Whole lines are sent where single cells changed, or
  drawing fails.
- `App._display` (app_base): the comparison with what the terminal shows is not called. Whole lines are sent.
- `App._driver` (app_base): progress is drawn on a stalled line too, and ^L does not draw the page again.
- `App._handle_exception`, `App._exception`, `App._exception_event`, `App._return_code`, `App._close_messages_no_wait`
  (app_base): a fault of hctui prints the values of variables, perhaps passwords, or does not end the application.
- `App._print_error_renderables`, `App._exit_renderables` (app_base): the sentence that a job goes on is not printed at the end,
  or with its lines broken.
- `textual._xterm_parser.XTermParser`, `XTermParser._sequence_to_key_events` (driver): Esc and the key after it become one key
  with Alt where a slow line delivers them together.
- `textual._parser.ParseError` (driver): the input thread ends with a traceback.
- `textual.drivers._writer_thread.WriterThread`, `WriterThread._queue`, `WriterThread._file`, `LinuxDriver._writer_thread`, and
  the name `WriterThread` in `textual.drivers.linux_driver` (driver): a stalled or closed terminal blocks the screens, and the
  end.
- `Driver._app`, `Driver._loop`, `Driver._debug` (driver): keys are not read, or a closed window does not end hctui.

The tests use three more: `Screen._compositor` (the text on the screen), `App._registry` (the number of widgets), and
`textual._wait`, `textual._context` (waiting for idleness). test_private_parts.py compares this list with the code.
"""
