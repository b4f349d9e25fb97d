// What ends the command with exit code 2: it was asked for something that it cannot do. One line for whoever asked.

/** The message is all that is told: what is wrong, and what to do. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}
