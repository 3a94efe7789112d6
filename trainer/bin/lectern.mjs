#!/usr/bin/env node
// Plain JavaScript, so that an old Node says something useful before it meets TypeScript.
const [major] = process.versions.node.split(".").map(Number);
if (major < 22) {
  process.stderr.write(
    `lectern runs on Node 22 or newer, and this is Node ${process.versions.node}. ` +
      "Inside the repository use `npx lectern …` or an npm script: on Linux they run on the Node 24 that `npm ci` installs. " +
      "Elsewhere install Node 24 from https://nodejs.org.\n",
  );
  process.exit(1);
}
const { main } = await import("../src/cli/main.ts");
process.exitCode = await main(process.argv.slice(2));
