// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Batch, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { ExposedReceiptHash } from "../../mocks/ExposedReceiptHash.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract ReceiptHashTest is AnswerTest {
    ExposedReceiptHash private hashes = new ExposedReceiptHash();

    /// @dev Field by field as EIP-712 says.
    function testFuzz_ReceiptHashCoversEveryField(CredenceReceipt calldata r) external view {
        bytes32 typehash = keccak256(
            "Receipt(address operator,bytes32 signerId,bytes32 modelId,bytes32 jobId,bytes32 inputHash,"
            "bytes32 outputHash,bytes32 traceRoot,address beneficiary,uint96 coverage,uint48 issuedAt,uint48 anchorBy)"
        );
        bytes memory first = abi.encode(typehash, r.operator, r.signerId, r.modelId, r.jobId, r.inputHash);
        bytes memory second = abi.encode(r.outputHash, r.traceRoot, r.beneficiary, r.coverage, r.issuedAt, r.anchorBy);
        bytes32 expected = keccak256(bytes.concat(first, second));
        assertEq(hashes.hashReceipt(r), expected);
        assertEq(attestations.receiptIdOf(r), _digest(address(attestations), expected));
    }

    function testFuzz_BatchHashDependsOnTheURI(Batch calldata b, string calldata uri) external view {
        vm.assume(keccak256(bytes(b.dataURI)) != keccak256(bytes(uri)));
        Batch memory other = b;
        other.dataURI = uri;
        assertNotEq(hashes.hashBatch(b), hashes.hashBatch(other));
    }

    function test_EveryLeafOfEveryCountVerifies() external view {
        for (uint256 count = 1; count <= 20; ++count) {
            bytes32[] memory leaves = _leaves(count);
            bytes32 root = _root(leaves);
            for (uint256 i = 0; i < count; ++i) {
                bytes32[] memory proof = _proof(leaves, i);
                assertEq(hashes.rootOf(leaves[i], i, proof), root);
            }
        }
    }

    function testFuzz_NoOtherIndexVerifies(uint256 count, uint256 index, uint256 other) external view {
        count = bound(count, 2, 20);
        index = bound(index, 0, count - 1);
        other = bound(other, 0, count - 1);
        vm.assume(index != other);
        bytes32[] memory leaves = _leaves(count);
        assertNotEq(hashes.rootOf(leaves[index], other, _proof(leaves, index)), _root(leaves));
    }

    /// @dev Sides matter: the tree is not one of sorted pairs.
    function test_OrderOfLeavesMatters() external view {
        bytes32[] memory leaves = _leaves(2);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = leaves[1];
        assertEq(hashes.rootOf(leaves[0], 0, proof), keccak256(abi.encodePacked(leaves[0], leaves[1])));
        assertEq(hashes.rootOf(leaves[0], 1, proof), keccak256(abi.encodePacked(leaves[1], leaves[0])));
    }

    function _leaves(uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode("leaf", i));
    }
}
