// Runs on any Node, so that an old one gets an explanation instead of a syntax error.
const NEEDED = [24, 18];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `This project needs Node ${NEEDED.join('.')} or newer, and this is ${process.versions.node} (${process.execPath}).\n` +
      'On Linux, Windows and Intel macOS `npm ci` brings its own: run it without --omit=optional, then use `npm start`\n' +
      '(npm puts node_modules/.bin first on the path). Elsewhere install Node 24 and try again.\n',
  );
  process.exit(1);
}
