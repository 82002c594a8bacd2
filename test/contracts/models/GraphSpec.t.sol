// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { GraphSpec } from "../../../contracts/models/GraphSpec.sol";
import { Graph, Op, Tensor } from "../../../contracts/types/Graph.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { ProtocolTest } from "../../setup/ProtocolTest.sol";

/// @notice Graphs that can and cannot be published, by publishing them.
contract GraphSpecTest is ProtocolTest {
    uint8 private constant I8 = 0;
    uint8 private constant I16 = 1;
    uint8 private constant I32 = 2;
    uint8 private constant I64 = 3;
    uint8 private constant GEMMLOWP = 1;

    Tensor[] private tensors;
    Op[] private ops;
    bool private privateInput;

    function setUp() public override {
        super.setUp();
        (Tensor[] memory t, Op[] memory o) = _graph();
        for (uint256 i = 0; i < t.length; ++i) tensors.push(t[i]);
        for (uint256 i = 0; i < o.length; ++i) ops.push(o[i]);
        // The graph itself is published; every test changes it.
        ops[0].hi = 126;
        _publish();
        ops[0].hi = 127;
        privateInput = true;
    }

    /* TENSORS */

    function test_RevertWhen_ThereIsNoOperator() external {
        ops.pop();
        ops.pop();
        _expectFault(GraphSpec.Fault.TensorCount, 0, 3, 1);
        tensors.pop();
        tensors.pop();
        _expectFault(GraphSpec.Fault.TensorCount, 0, 1, 1);
        tensors.pop();
        _expectFault(GraphSpec.Fault.TensorCount, 0, 0, 1);
    }

    function test_RevertWhen_TensorsAreOneTooManyOrTooFew() external {
        tensors.push(Tensor(I8, 1));
        _expectFault(GraphSpec.Fault.TensorCount, 0, 4, 3);
        tensors.pop();
        tensors.pop();
        _expectFault(GraphSpec.Fault.TensorCount, 0, 2, 3);
    }

    function testFuzz_DtypeIsKnown(uint8 dtype, uint256 index) external {
        dtype = uint8(bound(dtype, 4, 255));
        index = bound(index, 0, 2);
        tensors[index].dtype = dtype;
        _expectFault(GraphSpec.Fault.Dtype, index, int256(uint256(dtype)), 3);
    }

    function test_RevertWhen_DtypeIsFour() external {
        tensors[1].dtype = 4;
        _expectFault(GraphSpec.Fault.Dtype, 1, 4, 3);
    }

    function test_RevertWhen_TensorIsEmpty() external {
        for (uint256 i = 0; i < 3; ++i) {
            uint32 length = tensors[i].length;
            tensors[i].length = 0;
            _expectFault(GraphSpec.Fault.TensorLength, i, 0, 1);
            tensors[i].length = length;
        }
    }

    /// @dev A proof that shows a whole tensor is one transaction: 96 leaves, private input or not, whoever reads it.
    function test_TensorSizeAtItsBound() external {
        (ops[1].input, ops[1].k) = (0, 4);
        for (uint8 dtype = I8; dtype <= I64; ++dtype) {
            tensors[1].dtype = dtype;
            uint32 width = uint32(1) << dtype;
            _resize(4, 98_304 / width);
            _publish();
            _resize(4, 98_304 / width + 1);
            _expectFault(GraphSpec.Fault.TensorSize, 1, int256(uint256(98_304 + width)), 98_304);
        }
    }

    /// @dev Graph and roots travel with every proof: 256 operators, each an ARGMAX of tensor 0 but the first.
    function test_OperatorsAtTheirBound() external {
        (ops[1].input, ops[1].k) = (0, 4);
        while (ops.length < 256) {
            ops.push(ops[1]);
            tensors.push(Tensor(I8, 1));
        }
        _publish();
        ops.push(ops[1]);
        tensors.push(Tensor(I8, 1));
        _expectFault(GraphSpec.Fault.TensorCount, 0, 258, 257);
        tensors.pop();
        _expectFault(GraphSpec.Fault.TensorCount, 0, 257, 257);
    }

    /// @dev 16,384 bytes can be shown in one transaction: request and output.
    function test_EndsAtTheirBound() external {
        privateInput = false;
        ops.pop();
        tensors.pop();
        _resize(4, 16_380);
        _publish();
        _resize(4, 16_381);
        _expectFault(GraphSpec.Fault.EndsLength, 0, 16_385, 16_384);
        // Bytes count, not elements.
        tensors[1].dtype = I32;
        _resize(4, 4_095);
        _publish();
        _resize(5, 4_095);
        _expectFault(GraphSpec.Fault.EndsLength, 0, 16_385, 16_384);
        privateInput = true;
        _publish();
    }

    /* OPERATORS */

    function testFuzz_CodeIsKnown(uint8 code) external {
        if (code == 1 || code == 2) code = 0;
        ops[1].code = code;
        _expectFault(GraphSpec.Fault.OpCode, 1, int256(uint256(code)), 2);
        ops[1].code = 3;
        _expectFault(GraphSpec.Fault.OpCode, 1, 3, 2);
    }

    function testFuzz_RoundingIsKnown(uint8 rounding) external {
        rounding = uint8(bound(rounding, 2, 255));
        ops[0].rounding = rounding;
        _expectFault(GraphSpec.Fault.Rounding, 0, int256(uint256(rounding)), 1);
        ops[0].rounding = 2;
        _expectFault(GraphSpec.Fault.Rounding, 0, 2, 1);
    }

    function test_RevertWhen_ArgmaxRounds() external {
        ops[1].rounding = GEMMLOWP;
        _expectFault(GraphSpec.Fault.Rounding, 1, 1, 0);
    }

    function test_RevertWhen_OperatorReadsAheadOrItself() external {
        ops[0].input = 1;
        _expectFault(GraphSpec.Fault.InputOrder, 0, 1, 0);
        ops[0].input = 0;
        ops[1].input = 2;
        _expectFault(GraphSpec.Fault.InputOrder, 1, 2, 1);
        ops[1].input = type(uint16).max;
        _expectFault(GraphSpec.Fault.InputOrder, 1, 65_535, 1);
    }

    function test_AnEarlierTensorMayBeReadAgain() external {
        ops[1].input = 0;
        ops[1].k = 4;
        _publish();
    }

    function testFuzz_KIsTheLengthRead(uint32 k) external {
        if (k == 4) k = 5;
        ops[0].k = k;
        _expectFault(GraphSpec.Fault.K, 0, int256(uint256(k)), 4);
    }

    function testFuzz_RowsAreTheLengthWritten(uint32 rows) external {
        if (rows == 2) rows = 3;
        ops[0].rows = rows;
        _expectFault(GraphSpec.Fault.Rows, 0, int256(uint256(rows)), 2);
    }

    function test_RevertWhen_ArgmaxWritesTwoRows() external {
        tensors[2].length = 2;
        ops[1].rows = 2;
        _expectFault(GraphSpec.Fault.Rows, 1, 2, 1);
    }

    /// @dev One weight byte and one input element for each k: 12,288 bytes at most.
    function test_UnitAtItsBound() external {
        uint32[4] memory largest = [uint32(6_144), 4_096, 2_457, 1_365];
        for (uint8 dtype = I8; dtype <= I64; ++dtype) {
            tensors[0].dtype = dtype;
            (tensors[0].length, ops[0].k) = (largest[dtype], largest[dtype]);
            _publish();
            (tensors[0].length, ops[0].k) = (largest[dtype] + 1, largest[dtype] + 1);
            uint256 unit = (largest[dtype] + 1) * (1 + 2 ** dtype);
            _expectFault(GraphSpec.Fault.UnitSize, 0, int256(unit), 12_288);
        }
    }

    function test_LargestTensorIsRefusedWithoutOverflow() external {
        tensors[0] = Tensor(I64, type(uint32).max);
        ops[0].k = type(uint32).max;
        _expectFault(GraphSpec.Fault.TensorSize, 0, int256(8 * uint256(type(uint32).max)), 98_304);
    }

    /* DENSE */

    function test_BoundsInsideEveryDtype() external {
        int64[4] memory highest = [int64(127), 32_767, 2_147_483_647, type(int64).max];
        for (uint8 dtype = I8; dtype <= I64; ++dtype) {
            tensors[1].dtype = dtype;
            int64 hi = highest[dtype];
            (ops[0].lo, ops[0].hi) = (-hi - 1, hi);
            ops[0].rounding = GEMMLOWP;
            _publish();
            ops[0].rounding = 0;
            (ops[0].lo, ops[0].hi) = (hi, hi);
            _publish();
            (ops[0].lo, ops[0].hi) = (-hi - 1, -hi - 1);
            _publish();
            if (dtype == I64) return;
            (ops[0].lo, ops[0].hi) = (-hi - 2, hi);
            _expectFault(GraphSpec.Fault.Bounds, 0, ops[0].lo, ops[0].hi);
            (ops[0].lo, ops[0].hi) = (-hi - 1, hi + 1);
            _expectFault(GraphSpec.Fault.Bounds, 0, ops[0].lo, ops[0].hi);
        }
    }

    function testFuzz_LoAboveHiIsRefused(int64 lo, int64 hi) external {
        if (lo == hi) --hi;
        if (lo < hi) (lo, hi) = (hi, lo);
        tensors[1].dtype = I64;
        (ops[0].lo, ops[0].hi) = (lo, hi);
        _expectFault(GraphSpec.Fault.Bounds, 0, lo, hi);
    }

    function testFuzz_ZeroPointIsGemmlowpOnly(int32 zero) external {
        if (zero == 0) zero = -1;
        ops[0].zero = zero;
        _expectFault(GraphSpec.Fault.Zero, 0, zero, 0);
        ops[0].rounding = GEMMLOWP;
        _publish();
    }

    /* ARGMAX */

    function test_RevertWhen_ArgmaxHasZeroPointOrBounds() external {
        ops[1].zero = -1;
        _expectFault(GraphSpec.Fault.Zero, 1, -1, 0);
        ops[1].zero = 0;
        ops[1].lo = -1;
        _expectFault(GraphSpec.Fault.Bounds, 1, -1, 0);
        ops[1].lo = 0;
        ops[1].hi = 1;
        _expectFault(GraphSpec.Fault.Bounds, 1, 0, 1);
    }

    /// @dev The highest index, k - 1, must fit the dtype of the result.
    function test_ArgmaxRangeAtItsBound() external {
        _resize(4, 128);
        (ops[1].k, ops[1].rows) = (128, 1);
        _publish();
        _resize(4, 129);
        ops[1].k = 129;
        _expectFault(GraphSpec.Fault.ArgmaxRange, 1, 128, 127);
        tensors[2].dtype = I16;
        _publish();
    }

    function test_ArgmaxUnitAtItsBound() external {
        tensors[2].dtype = I16;
        _resize(4, 6_144);
        (ops[1].k, ops[1].rows) = (6_144, 1);
        _publish();
        _resize(4, 6_145);
        ops[1].k = 6_145;
        _expectFault(GraphSpec.Fault.UnitSize, 1, 12_290, 12_288);
    }

    /// @dev tensor 0 -> DENSE -> tensor 1
    function _resize(uint32 k, uint32 rows) private {
        (tensors[0].length, ops[0].k) = (k, k);
        (tensors[1].length, ops[0].rows) = (rows, rows);
    }

    function _publish() private {
        (IModelRegistry.Manifest memory manifest, IModelRegistry.Policy memory policy) = _model();
        bytes32 id = protocol.models.publishModel(manifest, policy, tensors, ops);
        assertEq(protocol.models.terms(id).grounds, 1);
    }

    function _expectFault(GraphSpec.Fault fault, uint256 index, int256 actual, int256 expected) private {
        (IModelRegistry.Manifest memory manifest, IModelRegistry.Policy memory policy) = _model();
        vm.expectRevert(abi.encodeWithSelector(GraphSpec.GraphInvalid.selector, fault, index, actual, expected));
        protocol.models.publishModel(manifest, policy, tensors, ops);
    }

    function _model()
        private
        view
        returns (IModelRegistry.Manifest memory manifest, IModelRegistry.Policy memory policy)
    {
        (Tensor[] memory t, Op[] memory o) = (tensors, ops);
        manifest = _manifest();
        manifest.specHash = keccak256(abi.encode(uint16(1), t, o));
        policy = _policy();
        policy.privateInput = privateInput;
    }
}
