/** The package has no types; this is the part that is used. */
declare module 'ml-logistic-regression' {
  import type { Matrix } from 'ml-matrix';

  interface TwoClasses {
    readonly weights: Matrix;
  }

  // biome-ignore lint/style/noDefaultExport: the shape of the package, not ours.
  export default class LogisticRegression {
    constructor(options?: { numSteps?: number; learningRate?: number });
    /** One classifier a class; the first one predicts "not class 0", which for two classes is class 1. */
    readonly classifiers: TwoClasses[];
    train(x: Matrix, y: Matrix): void;
  }
}
