// Sends each report to the process that started this one, with the values: the tests follow them.

module.exports = {
  outputs: [{ name: 'parent', write: (report) => void process.send?.({ report }) }],
  values: 'sample',
  root: require('node:path').join(__dirname, '../..'),
  // A busy machine is slow, and what takes long in it says nothing.
  detectors: { 'slow-statement': false },
};
