// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Answers every call with the bytes it was told, or with `size` zero bytes after a first word of 1.
contract RawReturnVerifier {
    bytes private _answer;
    uint256 private _size;

    function setAnswer(bytes calldata answer) external {
        _answer = answer;
    }

    function setSize(uint256 size) external {
        _size = size;
    }

    fallback() external {
        bytes memory answer = _answer;
        uint256 size = _size;
        assembly ("memory-safe") {
            if size {
                let start := mload(0x40)
                mstore(start, 1)
                return(start, size)
            }
            return(add(answer, 0x20), mload(answer))
        }
    }
}
