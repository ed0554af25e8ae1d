/** Major version of the Node that runs this. */
export default function readVersion() {
  return Number.parseInt(process.versions.node, 10);
}
