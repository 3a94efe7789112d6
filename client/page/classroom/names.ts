/** Where a saved student's JSON says that its weights are: the name under which they are downloaded. */
export const weightsFile = "student.weights.bin";
