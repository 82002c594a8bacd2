// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

import { CredenceToken } from "../../contracts/token/CredenceToken.sol";
import { ICourt } from "../../contracts/court/ICourt.sol";
import { Graph, Op, Tensor } from "../../contracts/types/Graph.sol";
import { IModelRegistry } from "../../contracts/models/IModelRegistry.sol";
import { ModelRegistry } from "../../contracts/models/ModelRegistry.sol";
// forge-std has a struct Receipt of its own.
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { Deploy, Parameters, Protocol } from "./Deploy.sol";

/// @notice A deployed protocol, actors, and what they do most often. Helpers that act return what they made; tests assert.
abstract contract ProtocolTest is Test {
    uint256 internal constant UNIT = 1e18;
    uint96 internal constant COVERAGE = 10e18;
    uint32 internal constant WINDOW = 2 hours;
    uint16 internal constant PENALTY_BPS = 10_000;
    /// @dev lockUp(COVERAGE, PENALTY_BPS)
    uint256 internal constant LOCK = 20e18;
    address internal constant RESERVE = address(0xdEaD);
    bytes internal constant REQUEST = "what is the language of this sentence?";
    bytes internal constant OUTPUT = hex"00000007";

    Protocol internal protocol;
    CredenceToken internal token;
    address internal owner = makeAddr("owner");
    address internal guardian = makeAddr("guardian");
    /// @dev The DisputeManager: what it may do, tests of others do as this address.
    address internal disputes;
    /// @dev The ReplayGame: what it may do, tests of others do as this address.
    address internal replay;
    address internal operator = makeAddr("operator");
    address internal beneficiary = makeAddr("beneficiary");
    address internal stranger = makeAddr("stranger");
    address internal publisher = makeAddr("publisher");
    address internal signer;
    uint256 internal signerKey;
    bytes32 internal signerId;
    bytes32 internal modelId;

    function setUp() public virtual {
        // Not an hour boundary, and late enough that a day or a window before it exists.
        vm.warp(1_800_000_000 + 1_234);
        token = new CredenceToken(address(this), 1e27);
        protocol = Deploy.protocol(_parameters(), token, _shippedCode);
        disputes = address(protocol.disputes);
        replay = address(protocol.replay);
        (signer, signerKey) = makeAddrAndKey("signer");
        signerId = keccak256(abi.encodePacked(signer));
        modelId = _publishModel(_policy());
    }

    /// @dev What ships, not what this test was compiled with.
    function _shippedCode(string memory artifact) internal returns (bytes memory) {
        return vm.getCode(artifact);
    }

    /// @dev The profiles of ignition/parameters/localhost.json5: 0 standard, 1 fast.
    function _courtConfigs() internal pure returns (ICourt.Config[] memory configs) {
        configs = new ICourt.Config[](2);
        ICourt.RoundTerms[] memory standard = new ICourt.RoundTerms[](3);
        standard[0] = ICourt.RoundTerms(15, 12 hours, 24 hours, 24 hours, 36 hours, 45e18, 10, 0);
        standard[1] = ICourt.RoundTerms(61, 12 hours, 36 hours, 24 hours, 36 hours, 183e18, 10, 0);
        standard[2] = ICourt.RoundTerms(0, 0, 72 hours, 48 hours, 0, 600e18, 0, 200);
        configs[0] = ICourt.Config(24 hours, standard);
        ICourt.RoundTerms[] memory fast = new ICourt.RoundTerms[](3);
        fast[0] = ICourt.RoundTerms(7, 2 hours, 45 minutes, 1 hours, 36 hours, 2.1e18, 10, 0);
        fast[1] = ICourt.RoundTerms(31, 2 hours, 2 hours, 1 hours, 36 hours, 9.3e18, 10, 0);
        fast[2] = ICourt.RoundTerms(0, 0, 24 hours, 24 hours, 0, 60e18, 0, 200);
        configs[1] = ICourt.Config(1 hours, fast);
    }

    function _parameters() internal view virtual returns (Parameters memory) {
        return
            Parameters({
                reserve: RESERVE,
                unbondingPeriod: 21 days,
                moduleDelay: 35 days,
                minEnroll: 500e18,
                minOperatorStake: 1_000e18,
                protocolMinCoverage: COVERAGE,
                minWindow: 1 hours,
                maturity: 7 days,
                totalFloor: 100_000e18,
                bondBps: 1_000,
                replayBond: 50e18,
                courtConfigs: _courtConfigs(),
                owner: owner,
                guardian: guardian
            });
    }

    /* STAKE AND OPERATORS */

    function _stake(address account, uint256 amount) internal {
        token.transfer(account, amount);
        vm.startPrank(account);
        token.approve(address(protocol.vault), amount);
        protocol.vault.stake(amount);
        vm.stopPrank();
    }

    /// @dev Stakes, opts in to both genesis modules, registers with the exposure cap.
    function _register(address account, uint256 stake, uint96 exposureCap) internal {
        _stake(account, stake);
        vm.startPrank(account);
        protocol.vault.optIn(address(protocol.operators));
        protocol.vault.optIn(address(protocol.attestations));
        protocol.operators.register("https://operator.example", exposureCap);
        vm.stopPrank();
    }

    function _addSigner(address account, address key, uint256 secret) internal {
        uint48 deadline = uint48(block.timestamp + 1 hours);
        bytes memory proof = _possession(account, abi.encodePacked(key), secret, deadline);
        vm.prank(account);
        protocol.operators.addSigner(abi.encodePacked(key), 0, deadline, proof);
    }

    /// @dev The operator of most tests: 100,000 staked, cap as high, one EOA signer.
    function _setUpOperator() internal {
        _register(operator, 100_000e18, 100_000e18);
        _addSigner(operator, signer, signerKey);
    }

    function _possession(
        address account,
        bytes memory key,
        uint256 secret,
        uint48 deadline
    ) internal view returns (bytes memory) {
        bytes32 typehash = keccak256("SignerPossession(address operator,bytes signer,uint256 nonce,uint48 deadline)");
        uint256 nonce = protocol.operators.operator(account).nonce;
        bytes32 structHash = keccak256(abi.encode(typehash, account, keccak256(key), nonce, deadline));
        return _sign(secret, _digest(address(protocol.operators), structHash));
    }

    /* MODELS */

    function _policy() internal pure returns (IModelRegistry.Policy memory policy) {
        policy.challengeWindow = WINDOW;
        policy.minCoverage = COVERAGE;
        policy.penaltyBps = PENALTY_BPS;
        policy.grounds = 1;
    }

    /// @dev A graph small enough to read: i8[4] -> DENSE i8[2] -> ARGMAX i8[1].
    function _graph() internal pure returns (Tensor[] memory tensors, Op[] memory ops) {
        tensors = new Tensor[](3);
        (tensors[0], tensors[1], tensors[2]) = (Tensor(0, 4), Tensor(0, 2), Tensor(0, 1));
        ops = new Op[](2);
        ops[0] = Op({ code: 1, rounding: 0, input: 0, rows: 2, k: 4, zero: 0, lo: -128, hi: 127 });
        ops[1] = Op({ code: 2, rounding: 0, input: 1, rows: 1, k: 2, zero: 0, lo: 0, hi: 0 });
    }

    function _manifest() internal pure returns (IModelRegistry.Manifest memory manifest) {
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        manifest.name = "test-model";
        manifest.version = "1";
        manifest.uri = "ipfs://model";
        manifest.artifactHash = keccak256("artifact");
        manifest.class = IModelRegistry.ModelClass.OpenWeights;
        manifest.specHash = keccak256(abi.encode(uint16(1), tensors, ops));
        manifest.weightsRoot = keccak256("weights");
    }

    function _publishModel(IModelRegistry.Policy memory policy) internal virtual returns (bytes32) {
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        ModelRegistry models = protocol.models;
        IModelRegistry.Manifest memory manifest = _manifest();
        vm.prank(publisher);
        return models.publishModel(manifest, policy, tensors, ops);
    }

    /* RECEIPTS AND BATCHES */

    function _receipt(uint256 job) internal view returns (CredenceReceipt memory) {
        return
            CredenceReceipt({
                operator: operator,
                signerId: signerId,
                modelId: modelId,
                jobId: keccak256(abi.encode("job", job)),
                inputHash: keccak256(REQUEST),
                outputHash: keccak256(OUTPUT),
                traceRoot: keccak256("trace"),
                beneficiary: beneficiary,
                coverage: COVERAGE,
                issuedAt: uint48(block.timestamp),
                anchorBy: uint48(block.timestamp + 1 days)
            });
    }

    /// @dev What goes to `anchorReceipt` as signature.
    function _signReceipt(CredenceReceipt memory receipt) internal view returns (bytes memory) {
        return abi.encode(abi.encodePacked(signer), _sign(signerKey, protocol.attestations.receiptIdOf(receipt)));
    }

    /// @dev A batch of `count` receipts for jobs base, base + 1, ... by the operator's signer, not anchored yet.
    function _batch(
        uint256 base,
        uint32 count
    ) internal view returns (Batch memory batch, CredenceReceipt[] memory receipts) {
        receipts = new CredenceReceipt[](count);
        for (uint256 i = 0; i < count; ++i) receipts[i] = _receipt(base + i);
        batch = _batchOf(receipts);
    }

    function _batchOf(CredenceReceipt[] memory receipts) internal view returns (Batch memory) {
        return
            Batch({
                operator: receipts[0].operator,
                signerId: receipts[0].signerId,
                modelId: receipts[0].modelId,
                root: _root(_ids(receipts)),
                count: uint32(receipts.length),
                coverage: receipts[0].coverage,
                anchorBy: uint48(block.timestamp + 1 days),
                dataURI: "ipfs://batch"
            });
    }

    /// @dev Anchors a batch as the operator and returns it with its receipts.
    function _anchor(
        uint256 base,
        uint32 count
    ) internal returns (Batch memory batch, CredenceReceipt[] memory receipts) {
        (batch, receipts) = _batch(base, count);
        vm.prank(operator);
        protocol.attestations.anchor(batch, "");
    }

    function _leaf(
        Batch memory batch,
        CredenceReceipt[] memory receipts,
        uint32 index
    ) internal view returns (Leaf memory) {
        return Leaf({ batch: batch, receipt: receipts[index], index: index, proof: _proof(_ids(receipts), index) });
    }

    /// @dev A leaf that shows the receipt only, for published answers and signed evidence.
    function _bare(CredenceReceipt memory receipt) internal pure returns (Leaf memory leaf) {
        leaf.receipt = receipt;
    }

    function _ids(CredenceReceipt[] memory receipts) internal view returns (bytes32[] memory ids) {
        ids = new bytes32[](receipts.length);
        for (uint256 i = 0; i < ids.length; ++i) ids[i] = protocol.attestations.receiptIdOf(receipts[i]);
    }

    /* THE TREE, written apart from the contract's */

    function _root(bytes32[] memory leaves) internal pure returns (bytes32) {
        bytes32[] memory nodes = _padded(leaves);
        while (nodes.length > 1) nodes = _parents(nodes);
        return nodes[0];
    }

    function _proof(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory proof) {
        bytes32[] memory nodes = _padded(leaves);
        uint256 depth = 0;
        while (2 ** depth < nodes.length) ++depth;
        proof = new bytes32[](depth);
        for (uint256 level = 0; level < depth; ++level) {
            proof[level] = nodes[index % 2 == 0 ? index + 1 : index - 1];
            nodes = _parents(nodes);
            index /= 2;
        }
    }

    /// @dev Missing leaves are zero words.
    function _padded(bytes32[] memory leaves) private pure returns (bytes32[] memory nodes) {
        uint256 size = 1;
        while (size < leaves.length) size *= 2;
        nodes = new bytes32[](size);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[i] = leaves[i];
    }

    function _parents(bytes32[] memory nodes) private pure returns (bytes32[] memory parents) {
        parents = new bytes32[](nodes.length / 2);
        for (uint256 i = 0; i < parents.length; ++i) {
            parents[i] = keccak256(abi.encode(nodes[2 * i], nodes[2 * i + 1]));
        }
    }

    /* SIGNATURES */

    function _sign(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    function _digest(address verifyingContract, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Credence"),
                keccak256("1"),
                block.chainid,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
