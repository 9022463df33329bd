#!/usr/bin/env node
// Plain JavaScript on purpose: it must run, and speak, on a Node that cannot read TypeScript.
import './allocator.js'
import module from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)
const readsTypeScript = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)

if (readsTypeScript) {
  module.enableCompileCache?.()
  process.removeAllListeners('warning')
  const { boomerang } = await import('../boomerang.ts')
  process.exitCode = await boomerang(process.argv.slice(2))
  // What still waits for a server that is away keeps no process that has done its work from ending.
  setTimeout(() => process.exit(), 5_000).unref()
} else {
  process.stderr.write(
    `boomerang needs Node 22.18 or newer, and this is Node ${process.versions.node}.\n` +
      'The install brings Node 24 along: run it as `npm run boomerang -- <command>` or `npx boomerang <command>`.\n',
  )
  process.exitCode = 2
}
