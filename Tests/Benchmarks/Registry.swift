/// All rows, in the order in which they run. Add a file with an array of rows, and the array here.
let allRows: [Row] = [
    memoryStoreRows,
    workerRows,
    retrierRows,
    policyRows,
    bucketRows,
    providerRows,
    selectionRows,
    classifierRows,
    sqliteFloorRows,
    sagaFloorRows,
    sqliteRows,
    queueRows,
    holdRows,
    sagaRows,
].flatMap(\.self)
