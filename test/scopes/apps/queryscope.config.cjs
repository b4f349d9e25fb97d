// The options of the apps: each report goes to the process that started them.

module.exports = {
  values: 'sample',
  outputs: [{ name: 'parent', write: (report) => void process.send?.({ report }) }],
};
