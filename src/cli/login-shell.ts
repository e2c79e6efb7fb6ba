/** What runs in an instance when somebody logs in to it: root's login shell, with a terminal of the instance's own. */

/**
 * A login shell in root's home folder. $1 is the command, empty for none; $2 is `terminal` or empty. With a terminal,
 * script(1) of util-linux opens one inside the guest, whose /dev/pts knows no terminal from outside: tty(1) and what
 * looks for its terminal's name need it. Where the guest has no script(1), the shell has the caller's terminal.
 */
const LOGIN = `
cd "$HOME" || cd /
SHELL=/bin/sh
[ -x /bin/bash ] && SHELL=/bin/bash
export SHELL
login='exec "$SHELL" -l'
if [ -n "$1" ]; then
  export LOCALVPC_COMMAND="$1"
  login='exec "$SHELL" -lc "eval \\"unset LOCALVPC_COMMAND; \\$LOCALVPC_COMMAND\\""'
fi
[ "$2" = terminal ] && command -v script >/dev/null && exec script -qec "$login" /dev/null
eval "$login"
`;

/**
 * The program to run in the guest.
 * @param words the command, perhaps behind the `--` that commander leaves there; none for an interactive shell.
 * @param hasTerminal whether input and output are a terminal's.
 */
export function loginCommand(words: readonly string[], hasTerminal: boolean): readonly string[] {
  const command = (words[0] === '--' ? words.slice(1) : words).join(' ');
  return ['/bin/sh', '-c', LOGIN, 'localvpc-ssh', command, hasTerminal ? 'terminal' : ''];
}
